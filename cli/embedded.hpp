// SPDX-License-Identifier: Apache-2.0
// Text files that are built into the program (cli/embed.cmake). Empty where there is no file of that name.
#pragma once

#include <string_view>

namespace gild::embedded {

std::string_view help(std::string_view file_name);     // cli/commands/*.md
std::string_view page(std::string_view file_name);     // cli/page/*
std::string_view schema(std::string_view file_name);   // schemas/*.schema.json
std::string_view starter(std::string_view file_name);  // cli/templates/*.yaml

}  // namespace gild::embedded
