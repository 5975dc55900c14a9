"""What clients of our own gateway are told of their messages, and what handsets answered (document, sections 4 to 6).

Read from the feed, from where a login stopped. The page is committed together with the login's new place before it
leaves, so two calls at once never get an item twice, and what was lost on the way can be given again.
"""

from messaging.outflow.delivered import forget_delivered
from messaging.outflow.items import Item
from messaging.outflow.pages import KEPT, as_json, forget_old, give_again, hand_over, take

__all__ = ["KEPT", "Item", "as_json", "forget_delivered", "forget_old", "give_again", "hand_over", "take"]
