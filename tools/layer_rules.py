"""Two rules about imports that import-linter has no words for; pyproject.toml names it where to use them.

The rest of the rules, in import-linter's own words, stand beside them in pyproject.toml.
"""

import sys
from fnmatch import fnmatchcase

import grimp
from importlinter import Contract, ContractCheck, fields, output


class StandardLibraryOnly(Contract):
    """``package`` may import the standard library, itself and what is named besides; nothing else, ours or
    installed."""

    type_name = "standard_library_only"
    package = fields.StringField()
    besides = fields.ListField(subfield=fields.StringField(), required=False, default=())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        package = str(self.package)
        besides: list[str] = list(self.besides)  # type: ignore[call-overload]
        allowed = {package, *sys.stdlib_module_names, *besides}
        return _judge(
            (importer, imported)
            for importer, imported in _imports(graph)
            if _is_in(importer, package) and not any(_is_in(imported, name) for name in allowed)
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        _render(check)


class Reserved(Contract):
    """Only ``importers`` may import ``modules`` directly. Importers may be patterns (``a.*.tables``)."""

    type_name = "reserved"
    modules = fields.ListField(subfield=fields.StringField())
    importers = fields.ListField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        reserved: list[str] = list(self.modules)  # type: ignore[call-overload]
        importers: list[str] = list(self.importers)  # type: ignore[call-overload]
        return _judge(
            (importer, imported)
            for importer, imported in _imports(graph)
            if any(_is_in(imported, module) for module in reserved)
            and not any(_is_in(importer, module) for module in reserved)
            and not any(fnmatchcase(importer, p) or fnmatchcase(importer, f"{p}.*") for p in importers)
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        _render(check)


def _imports(graph: grimp.ImportGraph) -> list[tuple[str, str]]:
    return sorted(
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _judge(broken) -> ContractCheck:  # type: ignore[no-untyped-def]
    found = list(broken)
    return ContractCheck(kept=not found, metadata={"imports": found})


def _render(check: ContractCheck) -> None:
    for importer, imported in check.metadata["imports"]:
        output.print_error(f"{importer} imports {imported}")
