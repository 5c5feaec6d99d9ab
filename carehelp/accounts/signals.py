"""What this floor announces; whoever keeps evidence listens."""

from django.dispatch import Signal

# user=User.  Somebody has signed in at the sign-in page.
signed_in = Signal()

# user=User.  Failed attempts have just locked this account.
locked_out = Signal()
