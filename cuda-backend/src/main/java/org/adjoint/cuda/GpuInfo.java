package org.adjoint.cuda;

import java.util.Locale;

/**
 * What a GPU says of itself.
 *
 * @param name the product, such as {@code NVIDIA H200}
 * @param major the number before the point of its compute capability
 * @param minor the number after it
 * @param processors how many multiprocessors it has
 * @param bytes its memory
 * @param driver the CUDA version of the driver, such as 13010 for 13.1
 */
record GpuInfo(String name, int major, int minor, int processors, long bytes, int driver) {
  /** Returns the compute capability as one number: 90 for 9.0. */
  int capability() {
    return 10 * major + minor;
  }

  /** Returns the version of the driver as people write it: {@code 13.1}. */
  String driverVersion() {
    return driver / 1000 + "." + driver % 1000 / 10;
  }

  /** Returns one line for {@code doctor}. */
  String describe() {
    return String.format(
        Locale.ROOT,
        "%s, compute capability %d.%d, %d multiprocessors, %.1f GiB, driver for CUDA %s",
        name,
        major,
        minor,
        processors,
        bytes / 0x1p30,
        driverVersion());
  }
}
