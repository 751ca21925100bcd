"""The drop folder (前置机): a file and its envelope arrive, the receipt goes back, the file is gone.

``DROP_ROOT/<county, 6 digits>/<department>/in`` is the department's to write, ``out`` to read. A file is complete when
``FILE.envelope.json`` lies beside it and its SHA-256 is the envelope's; until then it may still be being written.
Taking it in twice has the effect of once, so a process that dies anywhere leaves work that the next look completes.

Names and files are the sender's and not to be trusted: every step opens one plain name below an open folder and follows
no link.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.base.locks import advisory_lock
from doudi.apps.exchange import queries
from doudi.apps.exchange.models import Batch, Channel
from doudi.apps.exchange.services.delivery import deliver
from doudi.apps.exchange.services.senders import Sender
from doudi.engine.lake import load_contracts

log = logging.getLogger(__name__)
ENVELOPE, RECEIPT = ".envelope.json", ".receipt.json"
_FOLDERS = ("in", "out")
_UNFINISHED = (".part", ".tmp", ".filepart", "~")
_ENVELOPE_BYTES = 65_536
_LONGEST_NAME = 200  # bytes: with the longest ending it stays below what a file system allows
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KEPT_DAYS = 7


class _Bad(Exception):
    """Why a file goes back, in the words of its receipt."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One department's open drop folder in one county."""

    county: str
    department: str
    inbox: int
    outbox: int


def drop_open(*, county: str, department: str) -> Path:
    """Make a department's drop folder (the operating system's rights on it are the administrator's matter).

    Raises :class:`Invalid` for a county code or department that no feed has.
    """
    if not re.fullmatch(r"\d{6}", county, re.ASCII):
        raise Invalid("县（市、区）代码须为 6 位数字", where="county", hint="如 410522")
    departments = _departments()
    if department not in departments:
        raise Invalid("没有这个部门的数据接口", where="department", hint="可选：" + "、".join(sorted(departments)))
    folder = Path(settings.DROP_ROOT) / county / department
    for name in _FOLDERS:
        (folder / name).mkdir(mode=0o770, parents=True, exist_ok=True)
    return folder


def drop_scan() -> int:
    """Take in what lies complete in every drop folder; returns how many files were dealt with."""
    done = 0
    for county, department in _names():
        with advisory_lock(f"drop:{county}:{department}"):
            try:
                with _opened(county, department) as folder:
                    done += _scan(folder)
            except OSError:
                log.exception("the drop folder of %s %s cannot be read", county, department)
    return done


def _names() -> list[tuple[str, str]]:
    root = Path(settings.DROP_ROOT)
    if not root.is_dir():
        return []
    return sorted(
        (county.name, entry.name)
        for county in root.iterdir()
        if re.fullmatch(r"\d{6}", county.name, re.ASCII) and county.is_dir() and not county.is_symlink()
        for entry in county.iterdir()
        if entry.name in _departments()
    )


def _departments() -> set[str]:
    return {contract.department for contract in load_contracts().values()}


@contextmanager
def _opened(county: str, department: str) -> Iterator[Folder]:
    """Both folders, opened step by step without following a link. Raises OSError."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    with ExitStack() as stack:

        def step(name: str | Path, below: int | None) -> int:
            handle = os.open(name, flags, dir_fd=below)
            stack.callback(os.close, handle)
            return handle

        own = step(department, step(county, step(Path(settings.DROP_ROOT), None)))
        yield Folder(county.ljust(12, "0"), department, step("in", own), step("out", own))


def _scan(folder: Folder) -> int:
    names = sorted(os.listdir(folder.inbox))  # noqa: PTH208 - below an open folder
    files = [name for name in names if not name.startswith(".") and not name.endswith((*_UNFINISHED, ENVELOPE))]
    done = 0
    for name in files:
        try:
            done += _take(folder, name)
        except Exception:
            log.exception("a file in the drop folder of %s %s failed", folder.county, folder.department)
    for name in names:
        if name.endswith(ENVELOPE) and name.removesuffix(ENVELOPE) not in names and not name.startswith("."):
            done += _take_lone_envelope(folder, name)
    return done


def _take(folder: Folder, name: str) -> bool:
    """Deal with one file if it is time; whether it was dealt with."""
    try:
        _check_name(name)
        with _plain_file(folder, name) as file:
            return _take_open(folder, name, file)
    except FileNotFoundError:
        return False  # its sender took it back
    except _Bad as bad:
        _give_back(folder, name, {"state": "REFUSED", "refusal": str(bad)})
        return True


def _take_open(folder: Folder, name: str, file: BinaryIO) -> bool:
    about = os.fstat(file.fileno())
    envelope = _envelope(folder, name, about)
    if envelope is None:
        return False
    said = json.loads(envelope)
    if hashlib.file_digest(file, "sha256").hexdigest() != str(said.get("sha256", "")).lower():
        if not _quiet(about):
            return False  # still being written
        raise _Bad("文件的 SHA-256 与信封不符，可能没有传完，请重新放入文件和信封")
    file.seek(0)
    batch = _deliver(folder, name, file, said, envelope, f"{about.st_ino}:{about.st_size}:{about.st_mtime_ns}")
    _give_back(folder, name, queries.receipt(batch), about)
    return True


def _deliver(folder: Folder, name: str, file: BinaryIO, said: dict[str, Any], envelope: bytes, arrival: str) -> Batch:
    dataset, period = said.get("dataset"), said.get("period")
    contract = next((one for one in load_contracts().values() if dataset in (one.name, one.title)), None)
    if contract is None or contract.department != folder.department:
        raise _Bad("信封的 dataset 不是本部门的数据，请核对后重新放入")
    if not isinstance(period, str):
        raise _Bad("信封缺少 period，请补全后重新放入")
    try:
        return deliver(
            actor=None,
            feed=contract.name,
            period=period,
            county=folder.county,
            file=file,
            file_name=name,
            envelope=envelope,
            sender=Sender(Channel.DROP, arrival=arrival),
        )
    except Invalid as error:
        raise _Bad(f"{error.what}；{error.hint}" if error.hint else error.what) from error
    except (Refused, NotFound, Conflict) as error:
        raise _Bad(error.message) from error


def _check_name(name: str) -> None:
    """File names are bytes to the system: those that no page could show are refused."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise _Bad("文件名不是 UTF-8 编码") from error
    if size > _LONGEST_NAME or not name.isprintable() or "\\" in name:
        raise _Bad(f"文件名超过 {_LONGEST_NAME} 字节，或含控制字符、反斜杠")


@contextmanager
def _plain_file(folder: Folder, name: str) -> Iterator[BinaryIO]:
    """The file opened, if it is a file of its own: no link of any kind, no pipe, no folder."""
    try:
        handle = os.open(name, _READ, dir_fd=folder.inbox)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _Bad("是链接或特殊文件，不予读取") from error
        raise
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
        os.close(handle)
        raise _Bad("不是普通文件（链接、目录或特殊文件），不予读取")
    with os.fdopen(handle, "rb") as file:
        yield file


def _envelope(folder: Folder, name: str, about: os.stat_result) -> bytes | None:
    """The envelope's text, None where it is not there or not whole yet; a receipt says so after a while."""
    try:
        with _plain_file(folder, name + ENVELOPE) as file:
            newest = os.fstat(file.fileno())
            text = file.read(_ENVELOPE_BYTES + 1)
    except FileNotFoundError:
        _check_kept(about, "信封")
        if _quiet(about):
            missing = f"没有收到信封 {name}{ENVELOPE}，文件尚未入库；请补放信封"
            _write_receipt(folder, name, {"state": "WAITING", "refusal": missing})
        return None
    if len(text) > _ENVELOPE_BYTES:
        raise _Bad("信封超过 64 KB")
    try:
        if isinstance(json.loads(text), dict):
            return text
    except (ValueError, RecursionError):
        pass
    if not _quiet(newest):
        return None
    raise _Bad("信封不是有效的 JSON，请重新生成信封")


def _take_lone_envelope(folder: Folder, name: str) -> bool:
    """An envelope whose file does not come."""
    try:
        _check_name(name)
        about = os.stat(name, dir_fd=folder.inbox, follow_symlinks=False)
        _check_kept(about, "文件")
        if not _quiet(about):
            return False
        base = name.removesuffix(ENVELOPE)
        said = {"state": "WAITING", "refusal": "只收到信封，没有收到文件；请补放文件"}
        return _write_receipt(folder, base, said)
    except FileNotFoundError:
        return False
    except _Bad as bad:
        _give_back(folder, name, {"state": "REFUSED", "refusal": str(bad)})
        return True


def _check_kept(about: os.stat_result, awaited: str) -> None:
    """What holds personal data does not lie about for ever."""
    if clock.now().timestamp() - about.st_ctime > _KEPT_DAYS * 86_400:
        raise _Bad(f"{_KEPT_DAYS} 天内没有收到{awaited}，已删除；请重新放入文件和信封")


def _quiet(about: os.stat_result) -> bool:
    """Whether nothing was written for the time that a transfer may pause. The change time: senders set the other."""
    return clock.now().timestamp() - about.st_ctime > settings.DROP_WAIT_MINUTES * 60


def _give_back(folder: Folder, name: str, receipt: dict[str, Any], about: os.stat_result | None = None) -> None:
    """Write the receipt, then remove file and envelope, unless the sender has put another file in its place."""
    _write_receipt(folder, name, receipt)
    try:
        now = os.stat(name, dir_fd=folder.inbox, follow_symlinks=False)
        if about and (now.st_ino, now.st_size, now.st_mtime_ns) != (about.st_ino, about.st_size, about.st_mtime_ns):
            return
        if stat.S_ISDIR(now.st_mode):
            return  # never emptied for the sender
        os.unlink(name, dir_fd=folder.inbox)
        os.unlink(name + ENVELOPE, dir_fd=folder.inbox)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENAMETOOLONG):
            raise


def _write_receipt(folder: Folder, name: str, receipt: dict[str, Any]) -> bool:
    """Put the receipt into ``out``, whole or not at all. False where the very same one lies there."""
    try:
        _check_name(name)
    except _Bad:
        name = f"拒收-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}"
    text = json.dumps({"file": name, **receipt}, ensure_ascii=False, indent=1).encode()
    target = name + RECEIPT
    if _same(folder, target, text):
        return False
    aside = f".{hashlib.sha256(target.encode()).hexdigest()[:16]}"
    with suppress(FileNotFoundError):
        os.unlink(aside, dir_fd=folder.outbox)  # what a dead process left
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(aside, flags, 0o640, dir_fd=folder.outbox), "wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(aside, target, src_dir_fd=folder.outbox, dst_dir_fd=folder.outbox)
    return True


def _same(folder: Folder, target: str, text: bytes) -> bool:
    try:
        with os.fdopen(os.open(target, _READ, dir_fd=folder.outbox), "rb") as stream:
            return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.read(len(text) + 1) == text
    except OSError:
        return False
