"""Who delivers, by which way, and what he may deliver."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.exchange.models import ApiKey, Channel
from doudi.engine.errors import InputError
from doudi.engine.lake import Contract, load_contracts
from doudi.engine.lake.periods import check_period


@dataclass(frozen=True, slots=True)
class Sender:
    """An officer, a department's key, or the platform itself (also for a drop folder).

    ``arrival`` names this very arrival where one can tell (a file in a drop folder), so that one that is worked on
    again after a crash is not counted as another. ``number`` is the sender's own number of what he sends (otherwise
    the envelope's); ``subjects`` are the persons of a pushed event.
    """

    channel: Channel
    user: User | None = None
    key: ApiKey | None = None
    arrival: str = ""
    number: str = ""
    subjects: tuple[int, ...] = ()

    @classmethod
    def of(cls, actor: User | None) -> Sender:
        return cls(Channel.PAGE if actor else Channel.COMMAND, user=actor)

    @property
    def event(self) -> bool:
        return self.channel == Channel.EVENT


def check_sender(sender: Sender, feed: str, period: str, county: str) -> tuple[Contract, str]:
    """(contract, period as YYYY-MM) of what ``sender`` delivers.

    Raises :class:`Invalid` (feed, period), :class:`Refused` (not his, or not switched on), :class:`NotFound` (county).
    """
    contract = load_contracts().get(feed)
    if contract is None:
        raise Invalid("没有这个数据接口", where="feed", hint="请从列表中选择")
    if sender.user is not None:
        require(sender.user, "feed.upload")
        if sender.user.unit.department != contract.department:
            raise Refused(f"“{contract.title}”由{contract.owner_label}报送，您所在单位不能报送。")
        if sender.user.unit.division_id[:6].ljust(12, "0") != county:
            raise NotFound()
    if sender.key is not None and (feed not in sender.key.feeds or sender.key.county_id != county):
        raise Refused(f"本密钥不能报送“{contract.title}”。")
    if contract.disabled:
        raise Refused(f"“{contract.title}”尚未启用：{contract.condition}")
    try:
        period = check_period(period, contract.period)
    except InputError as error:
        raise Invalid("账期格式不对", where="period", hint=error.hint) from error
    if period > _newest(contract, sender.event):
        raise Invalid("账期不能晚于本月", where="period", hint="请选择数据所属的月份")
    return contract, period


def current_period(contract: Contract) -> str:
    """The period that today's events of a feed belong to, as YYYY-MM: a quarter is named by its last month, a year by
    December, a school term by the month in which it begins (September, March)."""
    today = clock.today()
    if contract.period == "quarter":
        return f"{today.year}-{(today.month + 2) // 3 * 3:02d}"
    if contract.period == "year":
        return f"{today.year}-12"
    if contract.period == "term":
        if 3 <= today.month < 9:
            return f"{today.year}-03"
        return f"{today.year - (today.month < 3)}-09"
    return f"{today:%Y-%m}"


def _newest(contract: Contract, event: bool) -> str:
    """A whole delivery speaks of the past or this month; an event may belong to a quarter that is not over."""
    month = f"{clock.today():%Y-%m}"
    return max(month, current_period(contract)) if event else month
