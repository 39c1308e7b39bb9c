"""Whether a second person agreed to what is about to be promoted, as git shows it.

Git's names are claims: anybody can write any author and any trailer into a commit. They are worth what protects the
branch: signed commits, or a server that takes in nothing without a review.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sfmeta.model.component import Entry
from sfmeta.model.names import ComponentId
from sfmeta.source.placement import place_one
from sfmeta.workspace.files import scratch
from sfmeta.workspace.repository import Repository

PACKAGE_TRAILER = "Approved-package"
"""Names a package by its digest."""
_REVIEW_TRAILERS = frozenset({"reviewed-by", "approved-by"})
_AUTHOR_TRAILER = "co-authored-by"
_EMAIL = re.compile(r"<?([^<>\s]+@[^<>\s]+)>?\s*\Z")
# .mailmap joins the addresses of one person; both spellings count as theirs
_FIELDS = ("%H", "%P", "%T", "%an <%ae>", "%aE", "%(trailers:only,unfold)")
_FORMAT = "%x00" + "%x00".join(_FIELDS) + "%x00"


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody agreed.

    Attributes:
        by: who, as git has them.
        commit: where it is written.
        how: in words.
    """

    by: str
    commit: str
    how: str


@dataclass(frozen=True, slots=True)
class Review:
    """What git shows of who wrote and who agreed.

    Attributes:
        authors: of the commits that brought the files, sorted.
        approval: of somebody else; None where there is none.
    """

    authors: tuple[str, ...]
    approval: Approval | None


@dataclass(frozen=True, slots=True)
class _Commit:
    id: str
    parents: tuple[str, ...]
    tree: str
    author: str
    emails: frozenset[str]
    trailers: tuple[tuple[str, str], ...]
    patch: str

    def values(self, keys: Collection[str]) -> Iterator[str]:
        return (value for key, value in self.trailers if key in keys)


def paths_of(
    repository: Repository, revision: str, directories: Sequence[str], components: Collection[ComponentId]
) -> dict[ComponentId, list[str]]:
    """Where a revision keeps components; a component without a file there is missing.

    Args:
        repository: seen from the project.
        revision: a full commit id.
        directories: the package directories.
        components: which.
    """
    below = [f"{repository.prefix}{directory}" for directory in directories]
    listing = repository.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, "--", *below)
    found: dict[ComponentId, list[str]] = {}
    for path in filter(None, listing.split("\0")):
        placed = place_one(Entry.of(path.removeprefix(repository.prefix), b""))
        if placed is not None and placed.id in components:
            found.setdefault(placed.id, []).append(path)
    return found


def review(repository: Repository, paths: Sequence[str], revision: str, since: str, digest: str) -> Review:
    """Who wrote files, and whether somebody else agreed.

    Agreement is, in what HEAD holds: a merge of the revision by somebody else; ``Reviewed-by`` or ``Approved-by``
    naming somebody else in the revision, in such a merge, or in a later commit that changes no file; a commit of
    somebody else with ``Approved-package`` and the digest. A trailer in any other commit is about that commit.

    Args:
        repository: seen from the project.
        paths: from the top of the work tree.
        revision: the full id of the commit that was deployed.
        since: what came with this commit was promoted before; "" where nothing was.
        digest: of the package.
    """
    commits = _that_brought(repository, paths, revision, since)
    if not commits and since:
        # nothing is new, so whoever wrote any of it counts
        commits = _that_brought(repository, paths, revision, "")
    authors: dict[str, str] = {}
    for commit in commits:
        authors |= dict.fromkeys(commit.emails, commit.author)
        for person in commit.values({_AUTHOR_TRAILER}):
            if email := _email(person):
                authors.setdefault(email, person)
    found = _approvals(repository, revision, digest, frozenset(authors)) if authors else iter(())
    return Review(tuple(sorted(set(authors.values()))), next(found, None))


def _that_brought(repository: Repository, paths: Sequence[str], revision: str, since: str) -> list[_Commit]:
    """The commits that changed these files; of merges those whose author had to decide something."""
    revisions = [revision, *([f"^{since}"] if since else [])]
    commits = _log(repository, revisions, paths, "--no-merges", "--full-history")
    # of a merge, --cc shows the lines that none of its sides had
    merges = _log(repository, revisions, paths, "--merges", "--full-history", "--cc")
    return [*commits, *(commit for commit in merges if commit.patch.strip())]


def _approvals(repository: Repository, revision: str, digest: str, authors: frozenset[str]) -> Iterator[Approval]:
    if not repository.is_ancestor(revision, "HEAD"):
        return
    main_line = set(repository.run("rev-list", "--first-parent", "HEAD").split())
    [itself] = _log(repository, [revision], (), "--max-count=1")
    holders = [itself, *_log(repository, ["HEAD", f"^{revision}"], (), "--ancestry-path")]
    trees = {commit.id: commit.tree for commit in holders}
    for commit in holders:
        is_merge = len(commit.parents) > 1 and commit.id in main_line and commit.parents[0] not in trees
        is_empty = len(commit.parents) == 1 and trees.get(commit.parents[0]) == commit.tree
        if is_merge and not commit.emails & authors:
            yield Approval(commit.author, commit.id, "merged it")
        if is_merge or is_empty or commit is itself:
            for person in commit.values(_REVIEW_TRAILERS):
                if (email := _email(person)) and email not in authors:
                    yield Approval(person, commit.id, "is named as its reviewer")
    for commit in _log(repository, ["HEAD"], (), "--fixed-strings", f"--grep={digest}"):
        if digest in commit.values({PACKAGE_TRAILER.lower()}) and not commit.emails & authors:
            yield Approval(commit.author, commit.id, "approved the package")


def _email(person: str) -> str:
    match = _EMAIL.search(person)
    return match[1].lower() if match else ""


def _log(repository: Repository, revisions: Iterable[str], paths: Sequence[str], *options: str) -> list[_Commit]:
    """Commits, newest first."""
    with scratch() as new_file:
        # names of thousands of files are too long for a command line
        stdin = new_file()
        stdin.write("\n".join([*revisions, *(("--", *paths) if paths else ())]).encode("utf-8", "surrogateescape"))
        stdin.write(b"\n")
        stdin.seek(0)
        words = ("--literal-pathspecs", "log", f"--format={_FORMAT}", *options, "--stdin")
        # neither a name nor a message nor a patch of text holds a NUL
        parts = repository.run(*words, stdin=stdin).split("\0")[1:]
    width = len(_FIELDS) + 1
    return [_commit(*parts[at : at + width]) for at in range(0, len(parts), width)]


def _commit(commit: str, parents: str, tree: str, author: str, mapped: str, trailers: str, patch: str) -> _Commit:
    rows = (line.partition(":") for line in trailers.splitlines())
    return _Commit(
        id=commit,
        parents=tuple(parents.split()),
        tree=tree,
        author=author,
        emails=frozenset({_email(author), mapped.lower()} - {""}),
        trailers=tuple((key.strip().lower(), value.strip()) for key, _, value in rows),
        patch=patch,
    )
