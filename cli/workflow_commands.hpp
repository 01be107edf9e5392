// SPDX-License-Identifier: Apache-2.0
// GitHub's workflow commands: lines "::error file=fleet.yaml,line=14::What is wrong" in a log, which the runner obeys.
// They are made here alone, and everything in them is escaped by GitHub's rules: no text ends its value, its command or
// its line.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace gild {

using WorkflowProperty = std::pair<std::string_view, std::string>;

// One line, with its end. A property without a value is left out.
std::string workflow_command(std::string_view name, std::initializer_list<WorkflowProperty> properties,
                             std::string_view message);

}  // namespace gild
