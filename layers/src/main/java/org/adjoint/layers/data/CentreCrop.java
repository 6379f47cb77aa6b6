package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;

/** The middle of each image of a data set. */
public final class CentreCrop implements Dataset {
  private final Dataset data;
  private final Shape shape;
  private final int top;
  private final int left;
  private final ThreadLocal<float[]> whole;

  /**
   * Creates the view.
   *
   * @param data samples [channels, height, width]
   * @param height of the middle, at most that of the images
   * @param width of the middle, at most that of the images
   * @throws ArgumentException if the samples are no images, or too small
   */
  public CentreCrop(Dataset data, int height, int width) {
    Shape s = data.shape();
    if (s.rank() != 3 || height < 1 || width < 1 || height > s.dim(1) || width > s.dim(2)) {
      throw new ArgumentException(
          "centre_crop", "size", height + "x" + width, "samples are " + s + " here");
    }
    this.data = data;
    this.shape = Shape.of(s.dim(0), height, width);
    this.top = (s.dim(1) - height) / 2;
    this.left = (s.dim(2) - width) / 2;
    this.whole = ThreadLocal.withInitial(() -> new float[s.size()]);
  }

  @Override
  public int size() {
    return data.size();
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public int classes() {
    return data.classes();
  }

  @Override
  public int label(int index) {
    return data.label(index);
  }

  @Override
  public void read(int index, float[] target, int at) {
    float[] from = whole.get();
    data.read(index, from, 0);
    int rows = data.shape().dim(1);
    int columns = data.shape().dim(2);
    int width = shape.dim(2);
    int to = at;
    for (int c = 0; c < shape.dim(0); c++) {
      for (int y = 0; y < shape.dim(1); y++, to += width) {
        System.arraycopy(from, (c * rows + top + y) * columns + left, target, to, width);
      }
    }
  }
}
