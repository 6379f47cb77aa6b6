package org.adjoint.layers;

import org.adjoint.tensor.ArgumentException;

/** Ranges of constructor arguments. */
final class Checks {
  private Checks() {}

  static void atLeast(String op, String argument, int value, int least) {
    if (value < least) {
      throw new ArgumentException(op, argument, value, "it must be at least " + least);
    }
  }
}
