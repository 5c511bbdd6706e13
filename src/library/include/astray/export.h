#pragma once
// libastray.so shows what is marked with the first, and nothing else.
#if defined(__GNUC__)
#define ASTRAY_EXPORT __attribute__((visibility("default")))
#define ASTRAY_HIDDEN __attribute__((visibility("hidden")))
#else
#define ASTRAY_EXPORT
#define ASTRAY_HIDDEN
#endif
