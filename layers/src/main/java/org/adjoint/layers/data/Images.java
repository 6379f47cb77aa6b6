package org.adjoint.layers.data;

import java.util.Arrays;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;

/** Images of one size with a class each, a byte a pixel and channel in memory. */
public final class Images implements Dataset {
  private final byte[] pixels;
  private final byte[] labels;
  private final int channels;
  private final int height;
  private final int width;
  private final int classes;
  private final Shape shape;

  /** What a byte becomes, a table a channel. */
  private final float[][] values;

  private Images(
      byte[] pixels,
      byte[] labels,
      int channels,
      int height,
      int width,
      int classes,
      Shape shape,
      float[][] values) {
    this.pixels = pixels;
    this.labels = labels;
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.classes = classes;
    this.shape = shape;
    this.values = values;
  }

  /** As {@link #of(byte[], byte[], int, int, int, int)}, of one channel: grey images. */
  public static Images of(byte[] pixels, byte[] labels, int height, int width, int classes) {
    return of(pixels, labels, 1, height, width, classes);
  }

  /**
   * Returns a data set whose samples have the shape [channels, height, width] and values pixel/255.
   *
   * @param pixels image after image, channel after channel, row after row, unsigned; not copied
   * @param labels one an image, unsigned; not copied
   * @param channels 1 for grey, 3 for red, green and blue
   * @param height rows of an image
   * @param width columns of an image
   * @param classes number of classes, 1 to 256
   * @throws ArgumentException if the lengths do not fit or a label is not below {@code classes}
   */
  public static Images of(
      byte[] pixels, byte[] labels, int channels, int height, int width, int classes) {
    long length = (long) channels * height * width;
    if (channels < 1 || height < 1 || width < 1 || labels.length * length != pixels.length) {
      throw new ArgumentException(
          "images",
          "pixels",
          pixels.length + " bytes",
          labels.length
              + " images of "
              + (channels == 1 ? "" : channels + "x")
              + height
              + "x"
              + width
              + " were announced");
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
    Shape shape = Shape.of(channels, height, width);
    double[] mean = new double[channels];
    double[] deviation = new double[channels];
    Arrays.fill(deviation, 1);
    return new Images(
        pixels, labels, channels, height, width, classes, shape, tables(mean, deviation));
  }

  private static float[][] tables(double[] mean, double[] deviation) {
    float[][] t = new float[mean.length][256];
    for (int c = 0; c < t.length; c++) {
      for (int i = 0; i < 256; i++) {
        t[c][i] = (float) ((i / 255.0 - mean[c]) / deviation[c]);
      }
    }
    return t;
  }

  /**
   * Returns the same images with values (pixel/255 − mean)/deviation, the same for all channels.
   */
  public Images scaled(double mean, double deviation) {
    double[] means = new double[channels];
    double[] deviations = new double[channels];
    Arrays.fill(means, mean);
    Arrays.fill(deviations, deviation);
    return scaled(means, deviations);
  }

  /**
   * Returns the same images with values (pixel/255 − mean)/deviation.
   *
   * @param mean one a channel
   * @param deviation one a channel, more than 0
   * @throws ArgumentException if they are not
   */
  public Images scaled(double[] mean, double[] deviation) {
    if (mean.length != channels || deviation.length != channels) {
      throw new ArgumentException(
          "scaled", "mean", mean.length + " numbers", "give one for each of " + channels);
    }
    for (double d : deviation) {
      if (!(d > 0)) {
        throw new ArgumentException("scaled", "deviation", d, "it must be more than 0");
      }
    }
    return new Images(
        pixels, labels, channels, height, width, classes, shape, tables(mean, deviation));
  }

  /** Returns the same images as vectors: the samples have the shape [channels·height·width]. */
  public Images flattened() {
    Shape flat = Shape.of(channels * height * width);
    return new Images(pixels, labels, channels, height, width, classes, flat, values);
  }

  /** Returns the number of channels. */
  public int channels() {
    return channels;
  }

  /** Returns the rows of an image. */
  public int height() {
    return height;
  }

  /** Returns the columns of an image. */
  public int width() {
    return width;
  }

  /** Returns the value of a black pixel, of the first channel: what lies around an image. */
  public float background() {
    return values[0][0];
  }

  /** Returns the value of a full pixel, of the first channel. */
  public float foreground() {
    return values[0][255];
  }

  /** Returns a pixel of the first channel as it is in the file, 0 to 255. */
  public int pixel(int index, int row, int column) {
    return pixels[(index * channels * height + row) * width + column] & 0xFF;
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
    int from = index * channels * n;
    int to = at;
    for (float[] table : values) {
      for (int i = 0; i < n; i++) {
        target[to++] = table[pixels[from++] & 0xFF];
      }
    }
  }
}
