package org.adjoint.autograd.capture;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A piece of memory that a recorded step uses. */
final class Buffer {
  /** Its number in the order of first use, for listings. */
  final int number;

  final DType dtype;

  /** Elements. */
  final int size;

  /** A tensor over memory that is the same at every replay: parameters, state; else null. */
  final @Nullable Tensor outside;

  /** The number of the placeholder whose values it holds, or −1. */
  final int placeholder;

  private Buffer(int number, DType dtype, int size, @Nullable Tensor outside, int placeholder) {
    this.number = number;
    this.dtype = dtype;
    this.size = size;
    this.outside = outside;
    this.placeholder = placeholder;
  }

  /** Memory of the program, for an intermediate result. */
  static Buffer inside(int number, DType dtype, int size) {
    return new Buffer(number, dtype, size, null, -1);
  }

  /** Memory that lives on outside. */
  static Buffer outside(int number, Tensor tensor) {
    return new Buffer(number, tensor.dtype(), tensor.storage().size(), tensor, -1);
  }

  /** The memory of a placeholder. */
  static Buffer placeholder(int number, Tensor tensor, int placeholder) {
    return new Buffer(number, tensor.dtype(), tensor.storage().size(), null, placeholder);
  }

  /** Whether the program may place it, reuse its memory, or do without it. */
  boolean isInside() {
    return outside == null && placeholder < 0;
  }

  long bytes() {
    return (long) size * dtype.bytes();
  }

  @Override
  public String toString() {
    return placeholder >= 0 ? "in" + placeholder : outside != null ? "p" + number : "t" + number;
  }
}
