#pragma once
// What becomes of memory that the program frees.

namespace polyclinic {

// Keeps it in the process for the next use. By default the C library gives large blocks back to the system, and each
// step of a training pays anew for pages full of zeros (docs/performance.md). Once, where a program that trains begins.
void keep_freed_memory();

}  // namespace polyclinic
