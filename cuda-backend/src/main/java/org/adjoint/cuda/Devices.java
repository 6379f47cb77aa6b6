package org.adjoint.cuda;

import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The devices of one kind, each opened when it is first asked for. Thread-safe. */
final class Devices {
  private final IntFunction<CudaBackend> opener;
  private final @Nullable CudaBackend[] opened;

  Devices(int count, IntFunction<CudaBackend> opener) {
    this.opener = opener;
    opened = new @Nullable CudaBackend[count];
  }

  int count() {
    return opened.length;
  }

  synchronized CudaBackend get(int number) {
    CudaBackend device = opened[number];
    if (device == null) {
      device = opener.apply(number);
      opened[number] = device;
    }
    return device;
  }

  /** Returns the name of a device: that of its kind, and from the second on its number. */
  static String name(String kind, int number) {
    return number == 0 ? kind : kind + ":" + number;
  }
}
