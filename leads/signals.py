"""News for the apps above: each signal is sent inside the transaction of the change, with ``lead`` and ``actor``."""

from django.dispatch import Signal

lead_created = Signal()
lead_updated = Signal()  # changes: {field: (before, after)}
lead_moved = Signal()  # before, after: PipelineStage
lead_qualified = Signal()
lead_closed = Signal()
# activity; is_new: it was just planned. Also when it is changed, completed, cancelled or reopened, and when a meeting
# changes hands.
activity_changed = Signal()

# organization, people (by e-mail): the demo organisation has its people and leads; the apps above add their own.
demo_loading = Signal()
