"""moto's server, with what its CloudFormation lacks.

usage: resource_types.py HANDLER_URL TYPES [options of moto_server]

TYPES is a JSON array of resource types, or of `Type.Property` for the resources that have this property. CloudFormation
asks the handler of a resource type to create, update and delete; so does this, in JSON over HTTP. Fn::GetStackOutput
reads an output of another stack. The first line on stdout is a JSON array: what of TYPES this moto knows by itself.
"""

import inspect
import json
import sys
import urllib.error
import urllib.request

from moto import server
from moto.cloudformation import cloudformation_backends, parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.cloudformation.models import ChangeSet
from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteTable
from moto.ecs.models import Cluster, ecs_backends
from moto.elbv2.models import FakeListenerRule, FakeTargetGroup, elbv2_backends

HANDLER_URL, TYPES = sys.argv[1], json.loads(sys.argv[2])

# Without the environment's proxy: the handler is on this machine.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(action, region, resource_type, **question):
    body = json.dumps({"action": action, "region": region, "type": resource_type, **question}).encode()
    request = urllib.request.Request(HANDLER_URL, body, {"content-type": "application/json"})
    try:
        with opener.open(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        raise ValidationError(message=refusal.read().decode()) from refusal


class HandledResource(CloudFormationModel):
    # moto files its models under the service in their module's name.
    __module__ = "moto.cloudformation.handled"

    def __init__(self, resource_type, properties, answer):
        self.type = resource_type
        self.properties = properties
        self.physical_resource_id = answer["id"]
        self.attributes = answer["attributes"]

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, attribute_name):
        if attribute_name not in self.attributes:
            raise ValidationError(message=f"{self.type} has no attribute {attribute_name}")
        return self.attributes[attribute_name]

    def is_created(self):
        return True

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        resource_type, properties = cloudformation_json["Type"], cloudformation_json["Properties"]
        answer = ask("create", region_name, resource_type, name=resource_name, properties=properties)
        return cls(resource_type, properties, answer)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        resource_type, properties = cloudformation_json["Type"], cloudformation_json["Properties"]
        answer = ask(
            "update",
            region_name,
            resource_type,
            id=original_resource.physical_resource_id,
            attributes=original_resource.attributes,
            properties=properties,
        )
        return cls(resource_type, properties, answer)

    def delete(self, account_id, region_name):
        ask("delete", region_name, self.type, id=self.physical_resource_id, properties=self.properties)


own_resource_class_from_type = parsing.resource_class_from_type
own_parse_resource = parsing.parse_resource
own_update_resource = parsing.parse_and_update_resource
own_update_resources = parsing.ResourceMap.update
own_delete_resource = parsing.parse_and_delete_resource
own_clean_json = parsing.clean_json
own_apply = ChangeSet.apply


def is_handled(resource):
    names = [resource["Type"], *(f"{resource['Type']}.{name}" for name in resource.get("Properties", {}))]
    return any(name in TYPES for name in names)


def parse_resource(resource, resources_map):
    if not is_handled(resource):
        return own_parse_resource(resource, resources_map)
    return HandledResource, parsing.clean_json({"Properties": {}, **resource}, resources_map), resource["Type"]


def clean_json(value, resources_map):
    if isinstance(value, dict) and "Fn::GetStackOutput" in value:
        asked = parsing.clean_json(value["Fn::GetStackOutput"], resources_map)
        backend = cloudformation_backends[resources_map._account_id][resources_map._region_name]
        for output in backend.get_stack(asked["StackName"]).outputs or []:
            if output["OutputKey"] == asked["OutputName"]:
                return output["OutputValue"]
        raise ValidationError(message=f"Stack {asked['StackName']} has no output {asked['OutputName']}")
    return own_clean_json(value, resources_map)


def update_with_dependents(logical_id, resource, resources_map, account_id, region_name):
    """CloudFormation also updates whatever refers to a resource that was replaced; moto compares templates only."""
    before = resources_map[logical_id]
    if resource["Type"] == "AWS::S3::Bucket":
        # moto's update of a bucket needs its name.
        properties = {"BucketName": before.physical_resource_id, **resource.get("Properties", {})}
        resource = {**resource, "Properties": properties}
    after = own_update_resource(logical_id, resource, resources_map, account_id, region_name)
    if after is None:
        # moto has no update for this type, and would forget the resource.
        print(f"not updated by moto: {resource['Type']}", file=sys.stderr, flush=True)
        return before
    resources_map._parsed_resources[logical_id] = after
    if after.physical_resource_id != before.physical_resource_id:
        for name, other in resources_map._resource_json_map.items():
            if name in resources_map._parsed_resources and logical_id in parsing.get_references_from_template(other):
                resources_map._parsed_resources[name] = parsing.parse_and_update_resource(
                    name, other, resources_map, account_id, region_name
                )
    return after


def update_resources(resources_map, template, parameters=None):
    """moto remembers what it removed, and would not make it again."""
    removed = set(resources_map._resource_json_map) - set(template["Resources"])
    own_update_resources(resources_map, template, parameters)
    for name in removed:
        resources_map._parsed_resources.pop(name, None)


def apply_with_outputs(change_set):
    """moto makes the resources of a change set and no outputs."""
    own_apply(change_set)
    stack = change_set.stack
    stack.template = change_set.template
    stack._parse_template()
    stack.output_map = stack._create_output_map()


def delete_route_table(backend, route_table):
    for association in list(route_table.associations):
        backend.disassociate_route_table(association)
    backend.delete_route_table(route_table.id)


# moto's CloudFormation makes these and never deletes them.
DELETIONS = {
    Cluster: (ecs_backends, lambda backend, cluster: backend.delete_cluster(cluster.name)),
    FakeListenerRule: (elbv2_backends, lambda backend, rule: backend.delete_rule(rule.arn)),
    FakeTargetGroup: (elbv2_backends, lambda backend, group: backend.delete_target_group(group.arn)),
    RouteTable: (ec2_backends, delete_route_table),
}


def deletion(backends, delete):
    return lambda resource, account_id, region_name: delete(backends[account_id][region_name], resource)


def delete_or_say_so(resource_name, resource, account_id, region_name):
    model = parsing.resource_class_from_type(resource["Type"])
    if hasattr(model.delete_from_cloudformation_json, "__isabstractmethod__"):
        print(f"not deleted by moto: {resource['Type']}", file=sys.stderr, flush=True)
    own_delete_resource(resource_name, resource, account_id, region_name)


def target_group_attribute(target_group, attribute_name):
    if attribute_name != "TargetGroupFullName":
        raise UnformattedGetAttTemplateException()
    return target_group.arn.split(":")[-1]


def saying_which(change):
    """Reports a service's refusal as CloudFormation does: with the logical id of the resource."""

    def change_resource(logical_id, *args, **kwargs):
        try:
            return change(logical_id, *args, **kwargs)
        except ValidationError:
            raise
        except Exception as error:
            raise ValidationError(message=f"{logical_id}: {type(error).__name__} {error}") from error

    return change_resource


parsing.parse_and_create_resource = saying_which(parsing.parse_and_create_resource)
parsing.parse_and_update_resource = saying_which(update_with_dependents)
if hasattr(FakeTargetGroup, "get_cfn_attribute"):
    sys.exit("moto knows attributes of target groups now: take ours out of resource_types.py")
for model, (backends, delete) in DELETIONS.items():
    if hasattr(model, "delete"):
        sys.exit(f"moto deletes {model.__name__} now: take ours out of resource_types.py")
    model.delete = deletion(backends, delete)
ChangeSet.apply = apply_with_outputs
FakeTargetGroup.get_cfn_attribute = target_group_attribute
parsing.parse_resource = parse_resource
parsing.parse_and_delete_resource = delete_or_say_so
parsing.clean_json = clean_json
parsing.ResourceMap.update = update_resources
parsing.resource_class_from_type = lambda resource_type: (
    HandledResource if resource_type in TYPES else own_resource_class_from_type(resource_type)
)


def is_known(name):
    resource_type, _, resource_property = name.partition(".")
    model = parsing.get_model_map().get(resource_type)
    return model is not None and resource_property in inspect.getsource(model)


print(json.dumps([name for name in TYPES if is_known(name)]), flush=True)
server.main(sys.argv[3:])
