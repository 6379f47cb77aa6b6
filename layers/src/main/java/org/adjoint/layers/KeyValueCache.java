package org.adjoint.layers;

import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * Keys and values of the tokens so far, so that generating the next token does not compute them
 * again. One cache serves one attention layer and one batch of sequences; no scope owns it.
 */
public final class KeyValueCache {
  private final Tensor keys;
  private final Tensor values;
  private int length;

  /** Creates a cache of {@code capacity} tokens on the device and in the type of a tensor. */
  KeyValueCache(Tensor like, int batch, int capacity, int heads, int width) {
    Checks.atLeast("key_value_cache", "batch", batch, 1);
    Checks.atLeast("key_value_cache", "capacity", capacity, 1);
    Shape shape = Shape.of(batch, capacity, heads, width);
    keys = Tensor.owned(like.device(), like.dtype(), shape);
    values = Tensor.owned(like.device(), like.dtype(), shape);
  }

  /** Returns how many tokens there are. */
  public int length() {
    return length;
  }

  /** Returns how many tokens there can be. */
  public int capacity() {
    return keys.dim(1);
  }

  /**
   * Forgets the tokens from the given one on.
   *
   * @param length how many stay, at most {@link #length}
   * @throws ArgumentException if it is out of range
   */
  public void truncate(int length) {
    if (length < 0 || length > this.length) {
      throw new ArgumentException(
          "key_value_cache", "length", length, "it must be from 0 to " + this.length);
    }
    this.length = length;
  }

  /** The keys so far, [batch, length, heads, width]. */
  Tensor keys() {
    return keys.slice(1, 0, length, 1);
  }

  Tensor values() {
    return values.slice(1, 0, length, 1);
  }

  void append(Tensor newKeys, Tensor newValues) {
    Recording recording = Recording.current();
    if (recording != null) {
      // It grows at each call, so that no recorded step can be like the next one: refused at its
      // end.
      int before = length;
      recording.guard(this, "KeyValueCache.length", () -> length);
      recording.undo(() -> length = before);
    }
    int more = newKeys.dim(1);
    if (newKeys.dim(0) != keys.dim(0)) {
      throw new ShapeException(
          "key_value_cache",
          "x",
          newKeys.shape(),
          "this cache holds " + keys.dim(0) + " sequences");
    }
    if (length + more > capacity()) {
      throw new ArgumentException(
          "key_value_cache",
          "tokens",
          length + more,
          "the cache holds " + capacity() + "; make a larger one or truncate it");
    }
    var kernels = Backends.kernels(keys.device()).elementwise();
    kernels.copy(newKeys, keys.slice(1, length, length + more, 1));
    kernels.copy(newValues, values.slice(1, length, length + more, 1));
    length += more;
  }
}
