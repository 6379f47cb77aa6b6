package org.adjoint.kernels.reference;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The elements of a tensor as doubles, numbered in row-major order whatever their layout. Setting
 * one rounds once: to nearest even for float32, towards zero for int32.
 */
final class Elements {
  private final DType dtype;
  private final Object array;
  private final int offset;
  private final int size;

  /** Where each element lies; null if they follow each other. */
  private final int @Nullable [] positions;

  private Elements(Tensor tensor) {
    HeapStorage storage = (HeapStorage) tensor.storage();
    dtype = tensor.dtype();
    array =
        switch (dtype) {
          case F32 -> storage.floats();
          case F64 -> storage.doubles();
          case I32 -> storage.ints();
        };
    offset = tensor.layout().offset();
    size = tensor.size();
    positions = tensor.isContiguous() ? null : tensor.layout().positions();
  }

  /** Returns the elements of a tensor. */
  static Elements of(Tensor tensor) {
    return new Elements(tensor);
  }

  /** Returns the elements of a tensor broadcast to a shape. */
  static Elements of(Tensor tensor, Shape shape) {
    return new Elements(tensor.expand(shape));
  }

  int size() {
    return size;
  }

  double get(int i) {
    int p = positions == null ? offset + i : positions[i];
    return switch (dtype) {
      case F32 -> ((float[]) array)[p];
      case F64 -> ((double[]) array)[p];
      case I32 -> ((int[]) array)[p];
    };
  }

  void set(int i, double value) {
    int p = positions == null ? offset + i : positions[i];
    switch (dtype) {
      case F32 -> ((float[]) array)[p] = (float) value;
      case F64 -> ((double[]) array)[p] = value;
      case I32 -> ((int[]) array)[p] = (int) value;
    }
  }

  /** Returns an element as an index. */
  int index(int i) {
    return (int) get(i);
  }

  /** Sets all elements, each rounded once. */
  void setAll(double[] values) {
    for (int i = 0; i < size; i++) {
      set(i, values[i]);
    }
  }

  void fill(double value) {
    for (int i = 0; i < size; i++) {
      set(i, value);
    }
  }
}
