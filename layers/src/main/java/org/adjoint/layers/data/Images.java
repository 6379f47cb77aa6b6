package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;

/** Grey images of one size with a class each, a byte a pixel in memory. */
public final class Images implements Dataset {
  private final byte[] pixels;
  private final byte[] labels;
  private final int height;
  private final int width;
  private final int classes;
  private final Shape shape;
  private final float[] values;

  private Images(
      byte[] pixels,
      byte[] labels,
      int height,
      int width,
      int classes,
      Shape shape,
      float[] values) {
    this.pixels = pixels;
    this.labels = labels;
    this.height = height;
    this.width = width;
    this.classes = classes;
    this.shape = shape;
    this.values = values;
  }

  /**
   * Returns a data set whose samples have the shape [1, height, width] and values pixel/255.
   *
   * @param pixels image after image, row after row, unsigned; not copied
   * @param labels one an image, unsigned; not copied
   * @param height rows of an image
   * @param width columns of an image
   * @param classes number of classes, 1 to 256
   * @throws ArgumentException if the lengths do not fit or a label is not below {@code classes}
   */
  public static Images of(byte[] pixels, byte[] labels, int height, int width, int classes) {
    if (height < 1 || width < 1 || (long) labels.length * height * width != pixels.length) {
      throw new ArgumentException(
          "images",
          "pixels",
          pixels.length + " bytes",
          labels.length + " images of " + height + "x" + width + " were announced");
    }
    if (classes < 1 || classes > 256) {
      throw new ArgumentException("images", "classes", classes, "it must be 1 to 256");
    }
    for (int i = 0; i < labels.length; i++) {
      if ((labels[i] & 0xFF) >= classes) {
        throw new ArgumentException(
            "images",
            "label of image " + i,
            labels[i] & 0xFF,
            "labels go from 0 to " + (classes - 1));
      }
    }
    Shape shape = Shape.of(1, height, width);
    return new Images(pixels, labels, height, width, classes, shape, table(0, 1));
  }

  private static float[] table(double mean, double deviation) {
    float[] t = new float[256];
    for (int i = 0; i < 256; i++) {
      t[i] = (float) ((i / 255.0 - mean) / deviation);
    }
    return t;
  }

  /** Returns the same images with values (pixel/255 − mean)/deviation. */
  public Images scaled(double mean, double deviation) {
    if (!(deviation > 0)) {
      throw new ArgumentException("scaled", "deviation", deviation, "it must be more than 0");
    }
    return new Images(pixels, labels, height, width, classes, shape, table(mean, deviation));
  }

  /** Returns the same images as vectors: the samples have the shape [height·width]. */
  public Images flattened() {
    return new Images(pixels, labels, height, width, classes, Shape.of(height * width), values);
  }

  /** Returns the rows of an image. */
  public int height() {
    return height;
  }

  /** Returns the columns of an image. */
  public int width() {
    return width;
  }

  /** Returns the value of a black pixel: what lies around an image. */
  public float background() {
    return values[0];
  }

  /** Returns the value of a full pixel. */
  public float foreground() {
    return values[255];
  }

  /** Returns a pixel as it is in the file, 0 to 255. */
  public int pixel(int index, int row, int column) {
    return pixels[(index * height + row) * width + column] & 0xFF;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public int label(int index) {
    return labels[index] & 0xFF;
  }

  @Override
  public void read(int index, float[] target, int at) {
    int n = height * width;
    int from = index * n;
    for (int i = 0; i < n; i++) {
      target[at + i] = values[pixels[from + i] & 0xFF];
    }
  }
}
