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

  static void extents(String op, String argument, int... values) {
    if (values.length == 0) {
      throw new ArgumentException(op, argument, "[]", "there must be at least one axis");
    }
    for (int value : values) {
      atLeast(op, argument, value, 1);
    }
  }

  static void positive(String op, String argument, double value) {
    if (!(value > 0)) {
      throw new ArgumentException(op, argument, value, "it must be more than 0");
    }
  }

  static void probability(String op, String argument, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new ArgumentException(op, argument, value, "it must be from 0 to 1");
    }
  }

  static void divides(String op, String argument, int value, String ofWhat, int whole) {
    if (value < 1 || whole % value != 0) {
      throw new ArgumentException(op, argument, value, "it must divide " + ofWhat + " = " + whole);
    }
  }

  static void convolution(
      String op, int in, int out, int kernel, int stride, int padding, int dilation, int groups) {
    atLeast(op, "in", in, 1);
    atLeast(op, "out", out, 1);
    atLeast(op, "kernel", kernel, 1);
    atLeast(op, "stride", stride, 1);
    atLeast(op, "padding", padding, 0);
    atLeast(op, "dilation", dilation, 1);
    divides(op, "groups", groups, "in", in);
    divides(op, "groups", groups, "out", out);
  }

  static void outputPadding(String op, int outputPadding, int stride) {
    if (outputPadding < 0 || outputPadding >= stride) {
      throw new ArgumentException(
          op,
          "outputPadding",
          outputPadding,
          "it must be at least 0 and less than the stride " + stride);
    }
  }
}
