# The decision over data indexed by role, effect, action and form of the resource pattern.
package authz

import rego.v1

default allow := false

allow if {
	granted
	not denied
}

granted if {
	some entry in data.roles[input.role].allow[input.action].prefix
	startswith(input.resource, entry.prefix)
	holds(entry.tests)
}

granted if {
	some entry in data.roles[input.role].allow[input.action].exact
	input.resource == entry.arn
	holds(entry.tests)
}

granted if {
	some entry in data.roles[input.role].allow[input.action]["contains"]
	startswith(input.resource, entry.prefix)
	contains(input.resource, entry.needle)
	holds(entry.tests)
}

granted if {
	some entry in data.roles[input.role].allow[input.action].any
	holds(entry.tests)
}

denied if {
	some entry in data.roles[input.role].deny[input.action].any
	holds(entry.tests)
}

denied if {
	some entry in data.roles[input.role].deny[input.action].prefix
	startswith(input.resource, entry.prefix)
	holds(entry.tests)
}

denied if {
	some entry in data.roles[input.role].deny[input.action].exact
	input.resource == entry.arn
	holds(entry.tests)
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
