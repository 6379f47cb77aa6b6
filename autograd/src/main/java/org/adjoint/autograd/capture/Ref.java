package org.adjoint.autograd.capture;

import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;

/**
 * A tensor of a program: a view of a buffer.
 *
 * @param buffer where the elements are
 * @param layout how they lie there
 */
record Ref(Buffer buffer, Layout layout) {
  Shape shape() {
    return layout.shape();
  }

  /** Whether the view is the whole buffer, densely. */
  boolean isWhole() {
    return layout.offset() == 0 && layout.isContiguous() && shape().size() == buffer.size;
  }

  /** Whether the elements are those of another view, in the same order; shapes may differ. */
  boolean isSameRun(Ref other) {
    return buffer == other.buffer
        && (layout.equals(other.layout)
            || (layout.isContiguous()
                && other.layout.isContiguous()
                && layout.offset() == other.layout.offset()
                && shape().size() == other.shape().size()));
  }

  @Override
  public String toString() {
    return buffer + shape().toString();
  }
}
