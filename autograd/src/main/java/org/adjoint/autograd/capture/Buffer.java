package org.adjoint.autograd.capture;

import java.util.Objects;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Layout;
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

  /** A tensor of the recorded step over this memory, to try views on; null once built. */
  private @Nullable Tensor sample;

  private Buffer(int number, Tensor sample, @Nullable Tensor outside, int placeholder) {
    this.number = number;
    this.dtype = sample.dtype();
    this.size = sample.storage().size();
    this.sample = sample;
    this.outside = outside;
    this.placeholder = placeholder;
  }

  /** Memory of the program, for an intermediate result. */
  static Buffer inside(int number, Tensor sample) {
    return new Buffer(number, sample, null, -1);
  }

  /** Memory that lives on outside. */
  static Buffer outside(int number, Tensor tensor) {
    return new Buffer(number, tensor, tensor, -1);
  }

  /** The memory of a placeholder. */
  static Buffer placeholder(int number, Tensor tensor, int placeholder) {
    return new Buffer(number, tensor, null, placeholder);
  }

  /** Returns a tensor of this layout, without values, as long as the program is being built. */
  Tensor sample(Layout layout) {
    return Objects.requireNonNull(sample).view(layout);
  }

  /** Lets the memory of the recorded step go. */
  void built() {
    sample = null;
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
