package org.adjoint.kernels;

import java.util.Arrays;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.ReleasedException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The checks that the kernels' arguments have in common. Each takes the operation and the name of
 * the argument for the message, and throws if the argument is not as the contracts want it.
 */
final class Arguments {
  private final Device device;
  private final ElementwiseKernels raw;

  Arguments(Device device, ElementwiseKernels raw) {
    this.device = device;
    this.raw = raw;
  }

  // ---- one tensor ---------------------------------------------------------------------------

  void present(String op, String name, @Nullable Object argument) {
    if (argument == null) {
      throw new ArgumentException(op, name, "null", "it must be given");
    }
  }

  /** Requires a live tensor of this device. */
  void tensor(String op, String name, @Nullable Tensor t) {
    if (t == null) {
      throw new ArgumentException(op, name, "null", "a tensor must be given");
    }
    if (t.device() != device) {
      throw new DeviceException(
          op,
          name,
          "on " + t.device().name(),
          "these kernels run on " + device.name() + "; move it with to(device)");
    }
    if (t.storage().isReleased()) {
      throw released(op, name, t);
    }
  }

  private static ReleasedException released(String op, String name, Tensor t) {
    ReleasedException e =
        new ReleasedException(
            op,
            name,
            "released " + describe(t),
            "the scope that owned it is closed; keep it with Scope.keep");
    try {
      t.device().download(t.storage(), 0, new int[0], 0, 0);
    } catch (ReleasedException where) {
      // In debug mode this one says where the memory was given back.
      e.initCause(where);
    }
    return e;
  }

  /** Requires a live float32 or float64 tensor of this device. */
  void floating(String op, String name, @Nullable Tensor t) {
    tensor(op, name, t);
    if (t != null && !t.dtype().isFloating()) {
      throw new DTypeException(
          op, name, describe(t), "it must be float32 or float64; copy it into such a tensor first");
    }
  }

  /** Requires a live tensor of this device and this type. */
  void typed(String op, String name, @Nullable Tensor t, DType dtype) {
    tensor(op, name, t);
    if (t != null && t.dtype() != dtype) {
      throw new DTypeException(
          op, name, describe(t), "it must be " + dtype + "; copy it into such a tensor first");
    }
  }

  void rank(String op, String name, Tensor t, int rank, String axes) {
    if (t.rank() != rank) {
      throw new ShapeException(op, name, describe(t), "it must have the axes " + axes);
    }
  }

  /** Requires one axis of this extent. */
  void shape(String op, String name, Tensor t, int d) {
    if (t.rank() != 1 || t.dim(0) != d) {
      throw wrongShape(op, name, t, d);
    }
  }

  /** Requires these two extents. */
  void shape(String op, String name, Tensor t, int d0, int d1) {
    if (t.rank() != 2 || t.dim(0) != d0 || t.dim(1) != d1) {
      throw wrongShape(op, name, t, d0, d1);
    }
  }

  /** Requires these extents. */
  void shape(String op, String name, Tensor t, int... dims) {
    boolean same = t.rank() == dims.length;
    for (int a = 0; same && a < dims.length; a++) {
      same = t.dim(a) == dims[a];
    }
    if (!same) {
      throw wrongShape(op, name, t, dims);
    }
  }

  /** Requires the shape of another tensor. */
  void shapeOf(String op, String name, Tensor t, Tensor other) {
    if (!t.shape().equals(other.shape())) {
      throw wrongShape(op, name, t, other.shape().toArray());
    }
  }

  private static ShapeException wrongShape(String op, String name, Tensor t, int... wanted) {
    return new ShapeException(
        op, name, describe(t), "its shape must be " + Arrays.toString(wanted));
  }

  /** Requires that an operand broadcasts to the shape of the result. */
  void broadcasts(String op, String name, Tensor t, Tensor out) {
    if (!t.shape().broadcastsTo(out.shape())) {
      throw new ShapeException(
          op,
          name,
          describe(t),
          "it does not broadcast to the result's shape "
              + out.shape()
              + "; aligned at the last axis, extents must be equal or 1");
    }
  }

  /** Requires a result to be contiguous. */
  void dense(String op, String name, Tensor t) {
    if (!t.isContiguous()) {
      throw new ArgumentException(
          op,
          name,
          "the view " + t.layout(),
          "a result must be contiguous; compute into a new tensor and copy it into the view");
    }
  }

  /** Requires a result, of any layout, to have each element in a place of its own. */
  void writable(String op, String name, Tensor t) {
    for (int a = 0; a < t.rank(); a++) {
      if (t.layout().stride(a) == 0 && t.dim(a) > 1) {
        throw new ArgumentException(
            op,
            name,
            "the expanded view " + t.layout(),
            "its elements share memory; copy it first");
      }
    }
  }

  /** Requires that a result shares no memory with another argument. */
  void apart(String op, String name, Tensor out, String otherName, @Nullable Tensor other) {
    if (other != null && overlap(out, other)) {
      throw new ArgumentException(
          op,
          name,
          "in the memory of " + otherName,
          "this operation does not work in place; compute into a new tensor");
    }
  }

  /** Requires int32 indices from 0 to limit − 1 and returns them contiguous. */
  Tensor indices(String op, String name, Tensor t, int limit) {
    Tensor index = contiguous(t);
    if (index.storage() instanceof HeapStorage heap) {
      range(op, name, heap.ints(), index.layout().offset(), index.size(), limit);
    } else if (device instanceof Backend backend
        && backend.readsIndices()
        && Context.current().recorder() == null) {
      int[] v = new int[index.size()];
      device.download(index.storage(), index.layout().offset(), v, 0, v.length);
      range(op, name, v, 0, v.length, limit);
    }
    return index;
  }

  private static void range(String op, String name, int[] v, int from, int size, int limit) {
    int bad = 0;
    // Negative ones are above any limit when seen as unsigned; no branch, so that it vectorises.
    for (int i = from; i < from + size; i++) {
      bad |= v[i] | (limit - 1 - v[i]);
    }
    if (bad < 0) {
      refuseIndex(op, name, v, from, from + size, limit);
    }
  }

  private static void refuseIndex(String op, String name, int[] v, int from, int to, int limit) {
    for (int i = from; i < to; i++) {
      if (v[i] < 0 || v[i] >= limit) {
        throw new ShapeException(
            op,
            name + "[" + (i - from) + "]",
            v[i],
            limit == 0 ? "there is nothing to index" : "it must be from 0 to " + (limit - 1));
      }
    }
  }

  // ---- expressions --------------------------------------------------------------------------

  /** Requires an expression with all its parameters and operands. */
  void expression(String op, Expr f, double[] parameters, Tensor[] operands) {
    present(op, "f", f);
    present(op, "parameters", parameters);
    present(op, "operands", operands);
    count(op, "operands", operands.length, f.operandCount(), ElementwiseKernels.MAX_OPERANDS);
    count(op, "parameters", parameters.length, f.parameterCount(), Integer.MAX_VALUE);
  }

  private static void count(String op, String what, int given, int needed, int most) {
    if (given < needed || given > most) {
      throw new ArgumentException(
          op,
          what,
          "a list of " + given,
          given < needed ? "the expression uses " + needed : "at most " + most + " are possible");
    }
  }

  // ---- numbers ------------------------------------------------------------------------------

  void finite(String op, String name, double value) {
    if (!Double.isFinite(value)) {
      throw new ArgumentException(op, name, value, "it must be finite");
    }
  }

  void within(String op, String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new ArgumentException(op, name, value, "it must be from " + least + " to " + most);
    }
  }

  // ---- layouts ------------------------------------------------------------------------------

  /** Returns the tensor, or a contiguous copy. */
  Tensor contiguous(Tensor t) {
    return t.isContiguous() ? t : copy(t, t.shape());
  }

  /** Returns a contiguous copy of what the tensor is under a shape that broadcasts to its own. */
  Tensor copy(Tensor t, Shape shape) {
    Tensor temporary = Tensor.result(device, t.dtype(), shape);
    Layout l = t.layout();
    for (int a = 0; a < shape.rank(); a++) {
      if (l.shape().dim(a) != shape.dim(a)) {
        l = l.slice(a, 0, 1, 1);
      }
    }
    raw.copy(t.view(l), temporary);
    return temporary;
  }

  /** Returns whether two tensors may share memory: whether their ranges in one storage meet. */
  static boolean overlap(Tensor a, Tensor b) {
    return a.storage() == b.storage()
        && a.size() > 0
        && b.size() > 0
        && a.layout().offset() <= last(b)
        && b.layout().offset() <= last(a);
  }

  private static int last(Tensor t) {
    int p = t.layout().offset();
    for (int a = 0; a < t.rank(); a++) {
      if (t.dim(a) > 1) {
        p += (t.dim(a) - 1) * t.layout().stride(a);
      }
    }
    return p;
  }

  /** Returns dtype and shape, for messages. */
  static String describe(Tensor t) {
    return t.dtype() + " " + t.shape();
  }
}
