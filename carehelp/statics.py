"""Which of the installed assets are collected: what pages can ask for, not whole packages (2000 single icons)."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedStaticFiles(StaticFilesConfig):
    """Django's own app with a longer list of what `collectstatic` passes over."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("LICENSE", "README.md", "package.json", "*.scss", "*.ts", "*.cjs", "*.json"),
        *("icons", "font", "cjs", "esm", "scss", "plugins"),
        *("*.rtl.*", "bootstrap-grid.*", "bootstrap-reboot.*", "bootstrap-utilities.*", "bootstrap.esm.*"),
        *("bootstrap.css", "bootstrap.css.map"),
    ]
