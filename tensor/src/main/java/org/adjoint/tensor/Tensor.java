package org.adjoint.tensor;

import java.util.Arrays;

/**
 * A multi-dimensional array: a layout over a storage. Tensors are views and read-out only; all
 * arithmetic lives in the kernels.
 */
public final class Tensor {
  private final Storage storage;
  private final Layout layout;

  private Tensor(Storage storage, Layout layout) {
    this.storage = storage;
    this.layout = layout;
  }

  // ---- making -------------------------------------------------------------------------------

  /** Returns a float32 tensor with a copy of the values in row-major order. */
  public static Tensor of(Device device, float[] values, int... dims) {
    return filled(device, DType.F32, values, values.length, dims);
  }

  /** Returns a float64 tensor with a copy of the values in row-major order. */
  public static Tensor of(Device device, double[] values, int... dims) {
    return filled(device, DType.F64, values, values.length, dims);
  }

  /** Returns an int32 tensor with a copy of the values in row-major order. */
  public static Tensor of(Device device, int[] values, int... dims) {
    return filled(device, DType.I32, values, values.length, dims);
  }

  private static Tensor filled(Device device, DType dtype, Object values, int length, int[] dims) {
    Shape shape = Shape.of(dims);
    if (shape.size() != length) {
      throw new ShapeException(
          "tensor",
          "shape",
          shape,
          "it has " + shape.size() + " elements, but " + length + " values were given");
    }
    Tensor t = owned(device, dtype, shape);
    device.upload(values, 0, t.storage, 0, length);
    return t;
  }

  /** Returns a rank-0 tensor; int32 values are truncated towards zero. */
  public static Tensor scalar(Device device, DType dtype, double value) {
    return switch (dtype) {
      case F32 -> of(device, new float[] {(float) value});
      case F64 -> of(device, new double[] {value});
      case I32 -> of(device, new int[] {(int) value});
    };
  }

  /** Returns a tensor of zeros. */
  public static Tensor zeros(Device device, DType dtype, int... dims) {
    Shape shape = Shape.of(dims);
    int n = shape.size();
    Tensor t = owned(device, dtype, shape);
    // In pieces, so that a large tensor does not need its size twice.
    int piece = Math.min(n, 1 << 16);
    Object zeros =
        switch (dtype) {
          case F32 -> new float[piece];
          case F64 -> new double[piece];
          case I32 -> new int[piece];
        };
    for (int at = 0, count; at < n; at += count) {
      count = Math.min(piece, n - at);
      device.upload(zeros, 0, t.storage, at, count);
    }
    return t;
  }

  /**
   * Returns a tensor with undefined contents that no scope owns: for parameters, gradients, state
   * and data.
   */
  public static Tensor owned(Device device, DType dtype, Shape shape) {
    Storage storage = device.allocate(dtype, shape.size(), false);
    Recorder recorder = Context.current().recorder();
    if (recorder != null) {
      recorder.owned(storage);
    }
    return new Tensor(storage, Layout.contiguous(shape));
  }

  /**
   * Returns a tensor with undefined contents for an operation's result or temporary: the innermost
   * open {@link Scope} owns it, if there is one.
   */
  public static Tensor result(Device device, DType dtype, Shape shape) {
    return new Tensor(Scope.allocate(device, dtype, shape.size()), Layout.contiguous(shape));
  }

  // ---- facts --------------------------------------------------------------------------------

  /** Returns the shape. */
  public Shape shape() {
    return layout.shape();
  }

  /** Returns the extent along an axis; negative axes count from the end. */
  public int dim(int axis) {
    return layout.shape().dim(axis);
  }

  /** Returns the number of axes. */
  public int rank() {
    return layout.shape().rank();
  }

  /** Returns the number of elements. */
  public int size() {
    return layout.shape().size();
  }

  /** Returns the element type. */
  public DType dtype() {
    return storage.dtype();
  }

  /** Returns the device that holds the elements. */
  public Device device() {
    return storage.device();
  }

  /** Returns the layout. */
  public Layout layout() {
    return layout;
  }

  /** Returns the storage, which views share. */
  public Storage storage() {
    return storage;
  }

  /** Returns whether the elements lie densely in row-major order. */
  public boolean isContiguous() {
    return layout.isContiguous();
  }

  // ---- views --------------------------------------------------------------------------------

  /**
   * Returns another layout over the same storage.
   *
   * @throws ShapeException if the layout reaches beyond the end of the storage
   */
  public Tensor view(Layout other) {
    if ((long) other.offset() + other.span() > storage.size()) {
      throw new ShapeException(
          "view", "layout", other, "the storage has only " + storage.size() + " elements");
    }
    return new Tensor(storage, other);
  }

  /**
   * Returns a view under another shape; one extent may be −1 and is then inferred.
   *
   * @throws ShapeException if sizes differ, or the elements lie so that no view can have this shape
   */
  public Tensor reshape(int... dims) {
    return reshape(infer(dims));
  }

  /**
   * Returns a view under another shape.
   *
   * @throws ShapeException if sizes differ, or the elements lie so that no view can have this shape
   */
  public Tensor reshape(Shape target) {
    if (target.equals(shape())) {
      return this;
    }
    Layout l = layout.reshape(target);
    if (l == null) {
      throw new ShapeException(
          "reshape",
          "shape",
          target,
          "the elements of this " + layout + " cannot be viewed so; copy it first");
    }
    return view(l);
  }

  /** Replaces an extent of −1 by what the size asks for. */
  public Shape infer(int... dims) {
    int unknown = -1;
    long known = 1;
    for (int a = 0; a < dims.length; a++) {
      if (dims[a] == -1 && unknown < 0) {
        unknown = a;
      } else {
        known *= dims[a];
      }
    }
    if (unknown < 0) {
      return Shape.of(dims);
    }
    if (known <= 0 || size() % known != 0) {
      throw new ShapeException(
          "reshape",
          "shape",
          Arrays.toString(dims),
          "the extent -1 cannot be inferred from the " + size() + " elements of " + shape());
    }
    int[] full = dims.clone();
    full[unknown] = (int) (size() / known);
    return Shape.of(full);
  }

  /** Returns a view with two axes exchanged. */
  public Tensor transpose(int first, int second) {
    return view(layout.transpose(first, second));
  }

  /** Returns a view with the axes in another order. */
  public Tensor permute(int... order) {
    return view(layout.permute(order));
  }

  /** Returns a view of every {@code step}-th element from {@code from} up to before {@code to}. */
  public Tensor slice(int axis, int from, int to, int step) {
    return view(layout.slice(axis, from, to, step));
  }

  /** Returns a view of the elements from {@code from} up to before {@code to}. */
  public Tensor slice(int axis, int from, int to) {
    return slice(axis, from, to, 1);
  }

  /** Returns a view at one index, the axis removed. */
  public Tensor select(int axis, int index) {
    return view(layout.select(axis, index));
  }

  /** Returns a view broadcast to a larger shape. */
  public Tensor expand(Shape target) {
    return view(layout.expand(target));
  }

  /** Returns a view without an axis of extent 1. */
  public Tensor squeeze(int axis) {
    return view(layout.squeeze(axis));
  }

  /** Returns a view with a new axis of extent 1. */
  public Tensor unsqueeze(int axis) {
    return view(layout.unsqueeze(axis));
  }

  // ---- read-out -----------------------------------------------------------------------------

  /**
   * Returns the only element.
   *
   * @throws ShapeException if there is not exactly one
   */
  public double item() {
    if (size() != 1) {
      throw new ShapeException(
          "item", "shape", shape(), "only a tensor of one element has an item; use get or select");
    }
    return get(new int[rank()]);
  }

  /**
   * Returns one element.
   *
   * @throws ShapeException if the indices do not fit
   */
  public double get(int... index) {
    return at(layout.position("get", index));
  }

  private double at(int position) {
    switch (dtype()) {
      case F32 -> {
        float[] v = new float[1];
        device().download(storage, position, v, 0, 1);
        return v[0];
      }
      case F64 -> {
        double[] v = new double[1];
        device().download(storage, position, v, 0, 1);
        return v[0];
      }
      default -> {
        int[] v = new int[1];
        device().download(storage, position, v, 0, 1);
        return v[0];
      }
    }
  }

  /**
   * Returns a copy of the elements in row-major order.
   *
   * @throws DTypeException if the dtype is not float32
   */
  public float[] toFloatArray() {
    require(DType.F32, "toFloatArray");
    float[] all = new float[layout.span()];
    device().download(storage, layout.offset(), all, 0, all.length);
    if (isContiguous()) {
      return all;
    }
    int[] p = relativePositions();
    float[] r = new float[p.length];
    for (int i = 0; i < p.length; i++) {
      r[i] = all[p[i]];
    }
    return r;
  }

  /** Returns the elements as doubles in row-major order, whatever the dtype. */
  public double[] toDoubleArray() {
    double[] r = new double[size()];
    switch (dtype()) {
      case F32 -> {
        float[] f = toFloatArray();
        for (int i = 0; i < r.length; i++) {
          r[i] = f[i];
        }
      }
      case I32 -> {
        int[] f = toIntArray();
        for (int i = 0; i < r.length; i++) {
          r[i] = f[i];
        }
      }
      case F64 -> {
        double[] all = new double[layout.span()];
        device().download(storage, layout.offset(), all, 0, all.length);
        if (isContiguous()) {
          return all;
        }
        int[] p = relativePositions();
        for (int i = 0; i < p.length; i++) {
          r[i] = all[p[i]];
        }
      }
    }
    return r;
  }

  /**
   * Returns a copy of the elements in row-major order.
   *
   * @throws DTypeException if the dtype is not int32
   */
  public int[] toIntArray() {
    require(DType.I32, "toIntArray");
    int[] all = new int[layout.span()];
    device().download(storage, layout.offset(), all, 0, all.length);
    if (isContiguous()) {
      return all;
    }
    int[] p = relativePositions();
    int[] r = new int[p.length];
    for (int i = 0; i < p.length; i++) {
      r[i] = all[p[i]];
    }
    return r;
  }

  private void require(DType wanted, String op) {
    if (dtype() != wanted) {
      throw new DTypeException(op, "dtype", dtype(), "it needs " + wanted + "; use toDoubleArray");
    }
  }

  private int[] relativePositions() {
    int[] p = layout.positions();
    for (int i = 0; i < p.length; i++) {
      p[i] -= layout.offset();
    }
    return p;
  }

  /** Returns a copy of the elements on another device that no scope owns. */
  public Tensor to(Device target) {
    int[] dims = shape().toArray();
    return switch (dtype()) {
      case F32 -> of(target, toFloatArray(), dims);
      case F64 -> of(target, toDoubleArray(), dims);
      case I32 -> of(target, toIntArray(), dims);
    };
  }

  /** Returns the elements as NumPy prints them, long tensors summarised. */
  @Override
  public String toString() {
    return storage.isReleased() ? "released tensor " + shape() : Printer.print(this);
  }
}
