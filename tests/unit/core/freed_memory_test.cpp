#include "core/freed_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <cstring>
#include <memory>

namespace polyclinic {
namespace {

// Pages that the system had to give while four blocks of 24 MiB, 24,576 pages of 4 KiB, were filled and freed.
long pages_of_blocks() {
  constexpr std::size_t block = 24 << 20;
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  {
    std::array<std::unique_ptr<char[]>, 4> blocks;
    for (auto& bytes : blocks) {
      bytes.reset(new char[block]);
      std::memset(bytes.get(), 1, block);
      volatile const char seen = bytes[block / 2];
      (void)seen;
    }
  }
  getrusage(RUSAGE_SELF, &after);
  return after.ru_minflt - before.ru_minflt;
}

TEST(FreedMemory, IsThereForTheNextUse) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer has an allocator of its own";
#endif
  keep_freed_memory();
  pages_of_blocks();
  EXPECT_LT(pages_of_blocks(), 600);
}

}  // namespace
}  // namespace polyclinic
