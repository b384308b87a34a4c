"""Records, reads back and is refused, with what server reflection tells and no generated code.

Usage: record.py HOST:PORT, of a server with any ledger.
"""

import sys

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.json_format import MessageToJson, ParseDict
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

channel = grpc.insecure_channel(sys.argv[1])
pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))


def call(service, method, request):
    described = pool.FindServiceByName(f"sayso.v1.{service}").methods_by_name[method]
    request_class, response_class = map(message_factory.GetMessageClass, (described.input_type, described.output_type))
    stub = channel.unary_unary(
        f"/sayso.v1.{service}/{method}",
        request_serializer=request_class.SerializeToString,
        response_deserializer=response_class.FromString,
    )
    return stub(ParseDict(request, request_class()), timeout=30)


def message(name):
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()


def show(answer):
    if "recorded" in answer.DESCRIPTOR.fields_by_name:
        answer.ClearField("recorded")  # Varies from run to run.
    print(MessageToJson(answer, indent=None, preserving_proto_field_name=True, descriptor_pool=pool))


def refused(title, service, method, request):
    print(f"== {title}")
    try:
        show(call(service, method, request))
    except grpc.RpcError as error:
        trailers = dict(error.trailing_metadata())
        status = message("google.rpc.Status")
        status.ParseFromString(trailers["grpc-status-details-bin"])
        print(error.code().name)
        for detail in status.details:
            name = detail.TypeName()
            unpacked = message(name)
            detail.Unpack(unpacked)
            if name == "google.rpc.ErrorInfo":
                print(f"reason {unpacked.reason}")
            elif name == "google.rpc.BadRequest":
                for violation in unpacked.field_violations:
                    print(f"{violation.field}: {violation.description}")
            elif name == "google.rpc.ResourceInfo":
                print(f"{unpacked.resource_type} {unpacked.resource_name}")


source = {"id": "harbour-gazette", "kind": "SOURCE_KIND_NEWS_OUTLET", "name": "The Harbour Gazette", "aliases": ["Gazette"]}
entity = {"id": "ferries", "kind": "ENTITY_KIND_TOPIC", "name": "Ferries"}
claim = {
    "id": "passengers",
    "text": "About 400 people took the ferries in January.",
    "kind": "Ferries",
    "when": {"text": "2025-01"},
    "figure": {"notation": "~400", "unit": "person", "basis": "BASIS_FLOW"},
    "attribution": [{"sources": ["Gazette"], "act": "SPEECH_ACT_SAID"}],
}


def batch(**changes):
    """The claim under another id, beside a sound one, with some fields changed."""
    sound = {**claim, "id": "sound"}
    return {"claims": [sound, {**claim, "id": "changed", **changes}]}


def record(title, request):
    refused(title, "LedgerService", "Record", request)


print("== recorded")
recorded = call("LedgerService", "Record", {"sources": [source], "entities": [entity], "claims": [claim]})
print(f"revision {recorded.revision.number}")
for outcome in recorded.outcomes:
    kind = pool.FindEnumTypeByName("sayso.v1.ItemType").values_by_number[outcome.type].name
    became = pool.FindEnumTypeByName("sayso.v1.Outcome").values_by_number[outcome.outcome].name
    print(kind, outcome.id, became, outcome.version)

print("== read back")
show(call("CatalogService", "GetSource", {"id": "gazette"}).source)
show(call("CatalogService", "GetEntity", {"id": "FERRIES"}).entity)
show(call("CatalogService", "GetClaim", {"id": "passengers"}).claim)
found = call("QueryService", "Query", {"query": "figure where kind=ferries and by=Gazette"})
for match in found.claims.matches:
    truth = pool.FindEnumTypeByName("sayso.v1.Truth").values_by_number[match.truth].name
    print(match.claim.id, truth)

record("an unknown actor", batch(actors=["North Korae"]))
record("low above high", batch(figure={"low": 50, "high": 40, "unit": "person"}))
record("a bad date", batch(when={"text": "2025-13"}))
record(
    "a cycle of parents",
    {
        "entities": [
            {"id": "tugs", "kind": "ENTITY_KIND_TOPIC", "name": "Tugs", "parents": ["boats"]},
            {"id": "boats", "kind": "ENTITY_KIND_TOPIC", "name": "Boats", "parents": ["tugs"]},
        ]
    },
)
record("an id twice in one batch", batch(id="sound"))
record("an empty attribution", batch(attribution=[]))
record("an oversized text", batch(text="x" * 2001))

print("== nothing of that remains")
print(f"revision {call('LedgerService', 'GetHead', {}).revision.number}")
for kind, name in (("Claim", "sound"), ("Claim", "changed"), ("Entity", "tugs")):
    refused(f"{kind} {name}", "CatalogService", f"Get{kind}", {"id": name})
refused("a query with a slip", "QueryService", "Query", {"query": "figure where actr=NK"})
