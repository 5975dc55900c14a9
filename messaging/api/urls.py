from django.urls import path

from messaging.api import cancelling, checking, exporting, feed, views

urlpatterns = [
    path("messages", views.Messages.as_view()),
    path("messages/check", checking.CheckMessages.as_view()),
    path("messages/<uuid:message_id>", views.OneMessage.as_view()),
    path("messages/<uuid:message_id>/resend", views.ResendMessage.as_view()),
    path("messages/<uuid:message_id>/cancel", cancelling.CancelMessage.as_view()),
    path("batches", views.Batches.as_view()),
    path("batches/<uuid:batch_id>", views.OneBatch.as_view()),
    path("batches/<uuid:batch_id>/cancel", cancelling.CancelBatch.as_view()),
    path("batches/<uuid:batch_id>/messages", views.BatchMessages.as_view()),
    path("batches/<uuid:batch_id>/messages.csv", exporting.BatchMessagesCsv.as_view()),
    path("events", feed.Events.as_view()),
    path("inbound", feed.Inbound.as_view()),
    path("balance", views.BalanceView.as_view()),
    path("codes", views.Codes.as_view()),
    path("codes/<str:table>/<path:code>", views.OneCode.as_view()),
]
