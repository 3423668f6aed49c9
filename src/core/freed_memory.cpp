#include "core/freed_memory.h"

#include <malloc.h>

namespace polyclinic {

void keep_freed_memory() {
  constexpr int large = 1 << 30, largest_of_old_libraries = 1 << 25;  // bytes; glibc before 2.35 refuses more
  if (mallopt(M_MMAP_THRESHOLD, large) == 0) mallopt(M_MMAP_THRESHOLD, largest_of_old_libraries);
  mallopt(M_TRIM_THRESHOLD, -1);
}

}  // namespace polyclinic
