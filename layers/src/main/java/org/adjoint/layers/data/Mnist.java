package org.adjoint.layers.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * The handwritten digits of LeCun, Cortes and Burges (1998): 60,000 to train on and 10,000 to test,
 * 28 × 28 pixels; or any data in the same four files, such as Fashion-MNIST.
 *
 * @param train the training images
 * @param test the test images
 */
public record Mnist(Images train, Images test) {
  /** The mean of the training pixels, of 1. */
  public static final double MEAN = 0.1307;

  /** The standard deviation of the training pixels. */
  public static final double DEVIATION = 0.3081;

  private static final String REMEDY =
      "the four files are train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte"
          + " and t10k-labels-idx1-ubyte, each as it is or with .gz";

  /** Opens a file by name, or returns null if there is none. */
  private interface Source {
    @Nullable InputStream open(String name) throws IOException;
  }

  /**
   * Reads the four files of a folder, compressed or not.
   *
   * @throws DataException if one is missing, damaged or of another kind
   */
  public static Mnist fromFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new DataException(
          "mnist", folder.toString(), Files.exists(folder) ? "no folder" : "missing", REMEDY);
    }
    return read(
        folder + folder.getFileSystem().getSeparator(),
        name -> {
          Path file = folder.resolve(name);
          return Files.exists(file) ? Files.newInputStream(file) : null;
        });
  }

  /**
   * Reads the four files from the class path.
   *
   * @param anchor a class next to which, or in whose module, the files are
   * @param folder their folder, as {@link Class#getResourceAsStream} takes it, without slash at the
   *     end
   * @throws DataException if one is missing, damaged or of another kind
   */
  public static Mnist fromResources(Class<?> anchor, String folder) {
    return read(
        "class path:" + folder + "/", name -> anchor.getResourceAsStream(folder + "/" + name));
  }

  private static Mnist read(String prefix, Source source) {
    return new Mnist(part(prefix, "train", source), part(prefix, "t10k", source));
  }

  private static Images part(String prefix, String part, Source source) {
    Idx images = file(prefix, part + "-images-idx3-ubyte", 3, source);
    Idx labels = file(prefix, part + "-labels-idx1-ubyte", 1, source);
    int[] d = images.dims();
    String name = prefix + part + "-images-idx3-ubyte";
    if (d[0] != labels.dims()[0]) {
      throw new DataException(
          "mnist",
          name,
          d[0] + " images",
          "the file of labels has " + labels.dims()[0] + "; the two do not belong together");
    }
    if (d[0] == 0) {
      throw new DataException("mnist", name, "without images", REMEDY);
    }
    try {
      return Images.of(images.bytes(), labels.bytes(), d[1], d[2], 10);
    } catch (ArgumentException e) {
      throw new DataException("mnist", name + " and its labels", e, "they are damaged or foreign");
    }
  }

  private static Idx file(String prefix, String name, int rank, Source source) {
    for (String ending : new String[] {"", ".gz"}) {
      String full = prefix + name + ending;
      try (InputStream in = source.open(name + ending)) {
        if (in != null) {
          return Idx.read(in, full, rank);
        }
      } catch (IOException e) {
        throw new DataException("mnist", full, e, "it cannot be read; check permissions");
      }
    }
    throw new DataException("mnist", prefix + name, "missing", REMEDY);
  }

  /** Returns the images with mean 0 and deviation 1 over the training pixels. */
  public Mnist standardised() {
    return new Mnist(train.scaled(MEAN, DEVIATION), test.scaled(MEAN, DEVIATION));
  }

  /** Returns the images as vectors. */
  public Mnist flattened() {
    return new Mnist(train.flattened(), test.flattened());
  }
}
