"""What import-linter cannot see: foreign keys by name, the one door, and who may load the PDF renderer."""

import ast

from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, OneToOneField

from tests.architecture import sources

FLOORS = ("accounts", "audit", "jobs", "members", "visits", "dashboard", "reports")
BORROWED = {"auth", "contenttypes", "sessions", "axes", "django_celery_beat"}


class TestForeignKeys:
    def test_they_never_point_to_an_upper_floor(self) -> None:
        upward = [
            f"{model.__name__}.{field.name} -> {target}"
            for floor, app in enumerate(FLOORS)
            for model in apps.get_app_config(app).get_models()
            for field in model._meta.get_fields()
            if isinstance(field, ForeignKey | OneToOneField | ManyToManyField)
            and (target := field.related_model._meta.app_label) not in BORROWED
            and FLOORS.index(target) > floor
        ]
        assert upward == []

    def test_every_app_has_its_floor(self) -> None:
        own = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in sources.PACKAGES}
        with_models = {label for label in own if list(apps.get_app_config(label).get_models())}
        assert with_models <= set(FLOORS)

    def test_evidence_hangs_on_nothing(self) -> None:
        for model in apps.get_app_config("audit").get_models():
            assert not [field.name for field in model._meta.get_fields() if field.is_relation]


class TestTheOneDoor:
    def test_at_the_edges_objects_is_followed_by_visible_to_or_none_only(self) -> None:
        assert [hole for path in sources.edge_files() for hole in holes(path)] == []

    def test_the_test_would_see_a_hole(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setattr(sources, "HERE", tmp_path)
        bad = tmp_path / "views.py"
        bad.write_text("a = Member.objects.visible_to(u, p)\nb = Member.objects.filter(pk=1)\nc = Member.objects\n")
        assert len(holes(bad)) == 2


def holes(path) -> list[str]:
    tree = sources.tree(path)
    followed = {
        id(node.value): node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
    }
    return [
        f"{sources.short(path)}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_default_manager", "_base_manager")
        and followed.get(id(node)) not in ("visible_to", "none")
    ]


class TestTheRenderer:
    def test_only_the_pdf_module_loads_weasyprint(self) -> None:
        users = {sources.short(path) for path in sources.python_files() if "weasyprint" in imported(path)}
        assert {user for user in users if not user.startswith("carehelp/lib/pdf")} == set()

    def test_nothing_reads_or_writes_pickles(self) -> None:
        banned = {"pickle", "shelve", "marshal", "dill"}
        assert [sources.short(path) for path in sources.python_files() if imported(path) & banned] == []


def imported(path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(sources.tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names
