"""Pages of long lists."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class CountedPaginator(Paginator):
    """A paginator that counts without sorting."""

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return self.object_list.order_by().count()
