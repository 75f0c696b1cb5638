#pragma once

#include "config/schema.hpp"

// [notify.NAME], for schema.cpp alone.
namespace mailpreflight::config {

std::vector<Table> notify_tables();
std::vector<Option> notify_options();

} // namespace mailpreflight::config
