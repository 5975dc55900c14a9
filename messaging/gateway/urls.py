from django.urls import path

from messaging.gateway.doors import receive_call

urlpatterns = [path("sms", receive_call, name="sms"), path("sms/", receive_call)]
