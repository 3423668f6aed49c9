#pragma once
// Public sample data and tokenizers lie outside the project; tests that need them skip with a word where they are
// absent.
#include <filesystem>

#include "core/files.h"

// Use as the first line of a TEST: sets `name` to the path below the shared folder, or skips.
#define POLYCLINIC_NEEDS_SHARED(name, below)                                                     \
  const std::filesystem::path name = polyclinic::shared_folder(POLYCLINIC_SOURCE_DIR) / (below); \
  if (!std::filesystem::exists(name))                                                            \
  GTEST_SKIP() << "no " << name << ": set POLYCLINIC_SHARED to the folder that holds the public sample data"
