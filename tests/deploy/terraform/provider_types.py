"""Read which arguments Terraform's provider for AWS knows, from the package that makes them types of TypeScript.

    npm pack @cdktf/provider-aws@21.22.1 && tar xzf cdktf-provider-aws-*.tgz
    python tests/deploy/terraform/provider_types.py package > tests/deploy/terraform/provider_types.json

The provider itself cannot be had from a package registry. The package (MPL-2.0) is made from the provider's own schema;
only names, types and what is required are taken over, of what deploy/terraform uses.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, TypeAlias

Block: TypeAlias = dict[str, Any]

MODULES = Path(__file__).parents[3] / "deploy" / "terraform"
USED = re.compile(r'^(resource|data) "aws_(\w+)"', re.MULTILINE)
VERSION = re.compile(r"hashicorp/aws/([\d.]+)/docs")
ATTRIBUTES = re.compile(
    r"^ +(\w+): \{\s+value: (.+),\s+isBlock: (\w+),\s+type: \"(\w+)\",\s+storageClassType: \"(\w+)\",", re.MULTILINE
)
COMPUTED = re.compile(r"this\.get(\w+)Attribute\(['\"](\w+)['\"]\)")
COMPUTED_OBJECT = re.compile(r"new \w+\(this, \"(\w+)\", \w+\)")
FIELDS = re.compile(r"^    readonly (\w+)(\??): (.+)$", re.MULTILINE)
MAPPER = re.compile(r"(\w+)ToHclTerraform\b")
SIMPLE = {"string": "string", "number": "number", "boolean": "bool"}


class Types:
    """The two files of one resource or data source: what is sent to Terraform, and the declarations."""

    def __init__(self, folder: Path) -> None:
        """Read the files."""
        self.code = (folder / "index.js").read_text(encoding="utf-8")
        self.declared = (folder / "index.d.ts").read_text(encoding="utf-8")

    def whole(self) -> Block:
        """Return the block of the resource itself, with what only the provider sets."""
        start = self.code.rindex("synthesizeHclAttributes()")
        name = re.findall(r"export interface (AwsProviderConfig|\w+Config(?= extends cdktf))", self.declared)[0]
        block = self.block(self.code[start:], name)
        own = self.code[self.code.rindex("class ", 0, start) :]
        for kind, attribute in COMPUTED.findall(own):
            block["attributes"].setdefault(attribute, [SIMPLE.get(kind.lower(), "dynamic"), "computed"])
        for attribute in COMPUTED_OBJECT.findall(own):
            if attribute not in block["blocks"]:
                block["attributes"].setdefault(attribute, ["dynamic", "computed"])
        return block

    def block(self, code: str, interface: str) -> Block:
        """Return the arguments and the blocks in a piece of code whose fields an interface declares."""
        attributes: Block = {}
        blocks: Block = {}
        fields = self.fields(interface)
        for name, value, is_block, kind, stored in ATTRIBUTES.findall(code):
            field = name.replace("_", "")
            is_optional, is_single = (
                fields.get(field) or fields[f"{field}attribute"]
            )  # `self` is a word of TypeScript's
            if is_block == "true":
                mapper = MAPPER.findall(value)[-1]
                inner = self.block(self.mapper(mapper), mapper[0].upper() + mapper[1:])
                limits = [0 if is_optional else 1, 1 if is_single else 0]
                blocks[name] = {"nesting": kind, "limits": limits, **inner}
            else:
                attributes[name] = [typed(kind, stored), "optional" if is_optional else "required"]
        return {"attributes": attributes, "blocks": blocks}

    def mapper(self, name: str) -> str:
        """Return the code of the function that sends a block to Terraform."""
        return re.split(r"\n\}", self.code.split(f"function {name}ToHclTerraform(", 1)[1], maxsplit=1)[0]

    def fields(self, interface: str) -> dict[str, tuple[bool, bool]]:
        """Return of each field of an interface whether it is optional, and whether there is one of it only."""
        body = re.split(r"\n\}", self.declared.split(f"export interface {interface} ", 1)[1], maxsplit=1)[0]
        return {name.lower(): (bool(mark), "[]" not in kind) for name, mark, kind in FIELDS.findall(body)}


def typed(kind: str, stored: str) -> Any:  # noqa: ANN401 - a type of Terraform as JSON
    """Return a type as Terraform writes it in JSON; `dynamic` where the package does not say."""
    if stored in SIMPLE:
        return SIMPLE[stored]
    element = next((SIMPLE[name] for name in SIMPLE if stored in {f"{name}List", f"{name}Map"}), None)
    return [kind, element] if element and kind in {"list", "set", "map"} else "dynamic"


def used() -> set[tuple[str, str]]:
    """Return the kinds and names of what the modules use."""
    return {found for file in MODULES.rglob("*.tf") for found in USED.findall(file.read_text(encoding="utf-8"))}


def main(package: Path) -> None:
    """Write the types to standard output."""
    known: Block = {"resource": {}, "data": {}, "provider": {}}
    versions = set()
    for kind, name in sorted(used()):
        folder = name.replace("_", "-")
        types = Types(package / "lib" / (folder if kind == "resource" else f"data-aws-{folder}"))
        versions |= set(VERSION.findall(types.declared))
        known[kind][f"aws_{name}"] = types.whole()
    provider = Types(package / "lib" / "provider")
    known["provider"] = {"aws": provider.whole()}
    json.dump({"provider_version": versions.pop(), **known}, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
