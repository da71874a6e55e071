"""Run Terraform on deploy/terraform without the provider for AWS, which cannot be had from a package registry.

A stand-in speaks the provider's protocol and knows its types (provider_types.json), nothing more. So Terraform
judges names, types, references, what is required, and, in the plans of `terraform test`, every expression. What only
the real provider knows (allowed values, rules between arguments) is not judged.

    .venv-deploy/bin/python tests/deploy/terraform/stand_in.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from tf.gen import grpc_controller_pb2_grpc, grpc_stdio_pb2_grpc, tfplugin_pb2_grpc
from tf.gen import tfplugin_pb2 as messages

ROOT = Path(__file__).parents[3]
LAKEHOUSE = ROOT / "deploy" / "terraform" / "lakehouse"
TYPES = json.loads(Path(__file__).with_name("provider_types.json").read_text(encoding="utf-8"))
PROVIDER = "registry.terraform.io/hashicorp/aws"
FAULTS = (
    "",  # lacks what is required
    'target_key_id = "a"\n color = "blue"',
    "target_key_id = aws_kms_key.nowhere.arn",
    "target_key_id = [1, 2]",
)
NESTINGS = {
    "list": messages.Schema.NestedBlock.LIST,
    "set": messages.Schema.NestedBlock.SET,
    "struct": messages.Schema.NestedBlock.SINGLE,
}


def schema(block: dict[str, Any]) -> Any:  # noqa: ANN401 - a message of the protocol
    """Return a block's types as the protocol tells them."""
    return messages.Schema(version=0, block=block_of(block))


def block_of(block: dict[str, Any]) -> Any:  # noqa: ANN401 - a message of the protocol
    """Return the arguments and the blocks of a block."""
    attributes = [
        messages.Schema.Attribute(
            name=name,
            type=json.dumps(kind).encode(),
            required=use == "required",
            optional=use == "optional",
            computed=use != "required",
        )
        for name, (kind, use) in block["attributes"].items()
    ]
    blocks = [
        messages.Schema.NestedBlock(
            type_name=name,
            block=block_of(inner),
            nesting=NESTINGS[inner["nesting"]],
            min_items=0 if inner["nesting"] == "struct" else inner["limits"][0],
            max_items=0 if inner["nesting"] == "struct" else inner["limits"][1],
        )
        for name, inner in block["blocks"].items()
    ]
    return messages.Schema.Block(attributes=attributes, block_types=blocks)


class StandIn(tfplugin_pb2_grpc.ProviderServicer):  # type: ignore[misc]
    """Tells its types, and finds nothing wrong with what has them."""

    def GetProviderSchema(self, request: object, context: object) -> Any:  # noqa: ANN401, N802
        """Return the types of everything."""
        return messages.GetProviderSchema.Response(
            provider=schema(TYPES["provider"]["aws"]),
            provider_meta=None,
            resource_schemas={name: schema(block) for name, block in TYPES["resource"].items()},
            data_source_schemas={name: schema(block) for name, block in TYPES["data"].items()},
        )

    def ValidateProviderConfig(self, request: object, context: object) -> Any:  # noqa: ANN401, N802
        """Find nothing wrong."""
        return messages.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: object, context: object) -> Any:  # noqa: ANN401, N802
        """Find nothing wrong."""
        return messages.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request: object, context: object) -> Any:  # noqa: ANN401, N802
        """Find nothing wrong."""
        return messages.ValidateDataResourceConfig.Response()


def serve(address: str) -> Any:  # noqa: ANN401 - a server of gRPC
    """Start the stand-in at an address and return it."""
    server = grpc.server(ThreadPoolExecutor(4))
    tfplugin_pb2_grpc.add_ProviderServicer_to_server(StandIn(), server)
    grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(
        grpc_controller_pb2_grpc.GRPCControllerServicer(), server
    )
    grpc_stdio_pb2_grpc.add_GRPCStdioServicer_to_server(grpc_stdio_pb2_grpc.GRPCStdioServicer(), server)
    server.add_insecure_port(address)
    server.start()
    return server


def environment(folder: str) -> dict[str, str]:
    """Return variables by which Terraform finds the stand-in in a folder, and nothing of the user's."""
    address = {"Network": "unix", "String": f"{folder}/provider.sock"}
    provider = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}
    return os.environ | {
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_DATA_DIR": f"{folder}/data",
        "TF_IN_AUTOMATION": "1",
        "TF_REATTACH_PROVIDERS": json.dumps({PROVIDER: provider}),
    }


def terraform(place: Path, command: str, environ: dict[str, str], *, is_told: bool = True) -> int:
    """Run a command of Terraform in a folder and return its exit code."""
    init = ["terraform", f"-chdir={place}", "init", "-backend=false", "-input=false", "-no-color"]
    subprocess.run(init, env=environ, check=True, stdout=subprocess.DEVNULL)
    output = None if is_told else subprocess.DEVNULL
    asked = ["terraform", f"-chdir={place}", command, "-no-color"]
    return subprocess.run(asked, env=environ, check=False, stdout=output, stderr=output).returncode


def main() -> int:
    """Validate and test deploy/terraform and return the exit code. Who finds no fault where one is, is not asked."""
    with tempfile.TemporaryDirectory() as folder:
        server = serve(f"unix://{folder}/provider.sock")
        environ = environment(folder)
        faulty = Path(folder) / "faulty"
        faulty.mkdir()
        for number, argument in enumerate(FAULTS):
            (faulty / "main.tf").write_text(f'resource "aws_kms_alias" "this" {{\n{argument}\n}}\n', encoding="utf-8")
            if terraform(faulty, "validate", environ, is_told=False) == 0:
                sys.exit(f"the stand-in finds no fault in example {number}: {argument}")
        code = terraform(LAKEHOUSE, "validate", environ) or terraform(LAKEHOUSE, "test", environ)
        server.stop(None)
    return code


if __name__ == "__main__":
    sys.exit(main())
