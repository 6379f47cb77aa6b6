package org.adjoint.layers.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The small photographs of Krizhevsky (2009): 50,000 to train on and 10,000 to test, 32 × 32 pixels
 * of red, green and blue, in ten classes; in the binary version of the data.
 *
 * @param train the training images
 * @param test the test images
 */
public record Cifar10(Images train, Images test) {
  /** The names of the classes, by number. */
  public static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private static final int PIXELS = 3 * 32 * 32;
  private static final String REMEDY =
      "unpack cifar-10-binary.tar.gz and name the folder with data_batch_1.bin to data_batch_5.bin"
          + " and test_batch.bin";

  /**
   * Reads the six files of a folder.
   *
   * @throws DataException if one is missing or damaged
   */
  public static Cifar10 fromFolder(Path folder) {
    List<Path> train = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      train.add(folder.resolve("data_batch_" + i + ".bin"));
    }
    return new Cifar10(read(train), read(List.of(folder.resolve("test_batch.bin"))));
  }

  private static Images read(List<Path> files) {
    List<byte[]> parts = new ArrayList<>();
    int count = 0;
    for (Path file : files) {
      byte[] bytes = DataFile.bytes("cifar10", file, REMEDY);
      if (bytes.length == 0 || bytes.length % (1 + PIXELS) != 0) {
        throw new DataException(
            "cifar10",
            file.toString(),
            bytes.length + " bytes long",
            "images take " + (1 + PIXELS) + " bytes each; it is truncated, get it again");
      }
      parts.add(bytes);
      count += bytes.length / (1 + PIXELS);
    }
    byte[] pixels = new byte[Math.multiplyExact(count, PIXELS)];
    byte[] labels = new byte[count];
    int image = 0;
    for (int p = 0; p < parts.size(); p++) {
      byte[] bytes = parts.get(p);
      for (int at = 0; at < bytes.length; at += 1 + PIXELS, image++) {
        if ((bytes[at] & 0xFF) >= CLASSES.size()) {
          throw new DataException(
              "cifar10",
              files.get(p) + ", byte " + at,
              "label " + (bytes[at] & 0xFF),
              "labels go from 0 to 9; it is damaged, or another data set");
        }
        labels[image] = bytes[at];
        System.arraycopy(bytes, at + 1, pixels, image * PIXELS, PIXELS);
      }
    }
    return Images.of(pixels, labels, 3, 32, 32, CLASSES.size());
  }
}
