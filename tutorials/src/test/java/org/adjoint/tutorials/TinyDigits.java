package org.adjoint.tutorials;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A folder in MNIST's form with a few hundred generated digits: one bright bar a class. */
final class TinyDigits {
  static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
  static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
  static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
  static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

  private TinyDigits() {}

  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    part(folder, TRAIN_IMAGES, TRAIN_LABELS, 600, 1);
    part(folder, TEST_IMAGES, TEST_LABELS, 200, 2);
    return folder;
  }

  private static void part(Path folder, String images, String labels, int n, long seed)
      throws IOException {
    Random random = new Random(seed);
    ByteBuffer x = ByteBuffer.allocate(16 + n * 784);
    ByteBuffer y = ByteBuffer.allocate(8 + n);
    x.putInt(0x803).putInt(n).putInt(28).putInt(28);
    y.putInt(0x801).putInt(n);
    for (int i = 0; i < n; i++) {
      int label = random.nextInt(10);
      y.put((byte) label);
      for (int p = 0; p < 784; p++) {
        int row = p / 28;
        boolean bar = row == 4 + 2 * label || row == 5 + 2 * label;
        x.put((byte) (bar ? 200 + random.nextInt(56) : random.nextInt(30)));
      }
    }
    Files.write(folder.resolve(images), x.array());
    Files.write(folder.resolve(labels), y.array());
  }
}
