# The decision over data indexed by role, effect, action, form of the resource pattern and kind of condition.
package authz

import rego.v1

default allow := false

allow if {
	granted
	not denied
}

granted if {
	some prefix in data.roles[input.role].allow[input.action].prefix
	startswith(input.resource, prefix)
}

granted if {
	some entry in data.roles[input.role].allow[input.action].prefix_if
	startswith(input.resource, entry.prefix)
	holds(entry.tests)
}

granted if {
	some entry in data.roles[input.role].allow[input.action].exact
	input.resource == entry.arn
}

granted if {
	some entry in data.roles[input.role].allow[input.action].exact_if
	input.resource == entry.arn
	holds(entry.tests)
}

granted if {
	some entry in data.roles[input.role].allow[input.action]["contains"]
	startswith(input.resource, entry.prefix)
	contains(input.resource, entry.needle)
}

granted if {
	some entry in data.roles[input.role].allow[input.action].contains_if
	startswith(input.resource, entry.prefix)
	contains(input.resource, entry.needle)
	holds(entry.tests)
}

granted if data.roles[input.role].allow[input.action].any

granted if {
	some entry in data.roles[input.role].allow[input.action].any_if
	holds(entry.tests)
}

granted if {
	some entry in data.roles[input.role].allow[input.action].any_equals
	input.context[entry.key] == entry.value
}

granted if {
	some entry in data.roles[input.role].allow[input.action].any_before
	input.context[entry.key] < entry.value
}

granted if {
	some entry in data.roles[input.role].allow[input.action].any_role
	entry.ids[input.role_id]
}

granted if {
	some entry in data.roles[input.role].allow[input.action].any_user
	entry.ids[input.context["aws:userid"]]
}

granted if {
	some entry in data.roles[input.role].allow[input.action].any_source
	some network in entry.networks
	net.cidr_contains(network, input.context["aws:SourceIp"])
}

denied if {
	some prefix in data.roles[input.role].deny[input.action].prefix
	startswith(input.resource, prefix)
}

denied if {
	some entry in data.roles[input.role].deny[input.action].prefix_if
	startswith(input.resource, entry.prefix)
	holds(entry.tests)
}

denied if {
	some entry in data.roles[input.role].deny[input.action].exact
	input.resource == entry.arn
}

denied if {
	some entry in data.roles[input.role].deny[input.action].exact_if
	input.resource == entry.arn
	holds(entry.tests)
}

denied if {
	some entry in data.roles[input.role].deny[input.action]["contains"]
	startswith(input.resource, entry.prefix)
	contains(input.resource, entry.needle)
}

denied if {
	some entry in data.roles[input.role].deny[input.action].contains_if
	startswith(input.resource, entry.prefix)
	contains(input.resource, entry.needle)
	holds(entry.tests)
}

denied if data.roles[input.role].deny[input.action].any

denied if {
	some entry in data.roles[input.role].deny[input.action].any_if
	holds(entry.tests)
}

denied if {
	some entry in data.roles[input.role].deny[input.action].any_equals
	input.context[entry.key] == entry.value
}

denied if {
	some entry in data.roles[input.role].deny[input.action].any_before
	input.context[entry.key] < entry.value
}

denied if {
	some entry in data.roles[input.role].deny[input.action].any_role
	entry.ids[input.role_id]
}

denied if {
	some entry in data.roles[input.role].deny[input.action].any_user
	entry.ids[input.context["aws:userid"]]
}

denied if {
	some entry in data.roles[input.role].deny[input.action].any_source
	some network in entry.networks
	net.cidr_contains(network, input.context["aws:SourceIp"])
}

holds(tests) if {
	every test in tests {
		passes(test)
	}
}

passes(test) if {
	test.op == "equals"
	input.context[test.key] == test.value
}

passes(test) if {
	test.op == "before"
	input.context[test.key] < test.value
}

passes(test) if {
	test.op == "role"
	test.ids[input.role_id]
}

passes(test) if {
	test.op == "user"
	test.ids[input.context["aws:userid"]]
}

passes(test) if {
	test.op == "source"
	some network in test.networks
	net.cidr_contains(network, input.context["aws:SourceIp"])
}
