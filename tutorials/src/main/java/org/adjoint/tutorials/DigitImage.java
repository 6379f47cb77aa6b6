package org.adjoint.tutorials;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Brings any picture of a digit into the form of MNIST (LeCun et al., 1998): light on dark, its
 * bounding box scaled to 20 × 20 with the aspect kept, its centre of mass in the middle of 28 × 28.
 */
final class DigitImage {
  private static final int SIDE = 28;
  private static final int BOX = 20;
  private static final int MAX_PIXELS = 50_000_000;

  private DigitImage() {}

  /**
   * Reads a picture file.
   *
   * @return 784 values from 0 (background) to 1 (ink), row by row
   * @throws IOException if the file is missing, no picture, damaged, too large, or blank
   */
  static float[] read(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (!Files.isRegularFile(path)) {
      throw new IOException(path + ": not a file; name the picture itself");
    }
    return normalise(decode(path), path);
  }

  private static BufferedImage decode(Path path) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(path.toFile())) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new NoPicture("not a picture that Java reads; use PNG, JPEG, GIF or BMP");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        // A small file may announce a picture that fills the memory.
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MAX_PIXELS) {
          throw new NoPicture(
              "%,d pixels; at most %,d are read: make it smaller".formatted(pixels, MAX_PIXELS));
        }
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    } catch (NoPicture e) {
      throw new IOException(path + ": " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      // Decoders answer damage with many types of exception, and name no file.
      throw new IOException(
          path + ": the picture is damaged (" + e.getMessage() + "); save it again", e);
    }
  }

  /** A file from which no digit can be had. */
  private static final class NoPicture extends IOException {
    private static final long serialVersionUID = 1L;

    NoPicture(String message) {
      super(message);
    }
  }

  private static float[] normalise(BufferedImage image, Path path) throws IOException {
    int w = image.getWidth();
    int h = image.getHeight();
    float[] ink = gray(image);
    // The border is background; on white paper the picture is turned into its negative.
    double border = 0;
    for (int x = 0; x < w; x++) {
      border += ink[x] + ink[(h - 1) * w + x];
    }
    for (int y = 0; y < h; y++) {
      border += ink[y * w] + ink[y * w + w - 1];
    }
    if (border / (2.0 * (w + h)) > 0.5) {
      for (int i = 0; i < ink.length; i++) {
        ink[i] = 1 - ink[i];
      }
    }
    int left = w;
    int right = -1;
    int top = h;
    int bottom = -1;
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        if (ink[y * w + x] > 0.2f) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
        }
      }
    }
    if (right < 0) {
      throw new IOException(
          path + ": the picture is blank; draw a digit, dark on light or reverse");
    }
    if (w == SIDE && h == SIDE) {
      return ink;
    }
    return centre(scale(ink, w, left, top, right - left + 1, bottom - top + 1));
  }

  private static float[] gray(BufferedImage image) {
    int w = image.getWidth();
    int h = image.getHeight();
    float[] ink = new float[w * h];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int argb = image.getRGB(x, y);
        float alpha = (argb >>> 24) / 255f;
        float luminance =
            (0.299f * ((argb >> 16) & 255) + 0.587f * ((argb >> 8) & 255) + 0.114f * (argb & 255))
                / 255f;
        // Transparent counts as white paper.
        ink[y * w + x] = alpha * luminance + (1 - alpha);
      }
    }
    return ink;
  }

  private static BufferedImage scale(float[] ink, int stride, int left, int top, int w, int h) {
    BufferedImage box = new BufferedImage(w, h, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int value = Math.round(255 * ink[(top + y) * stride + left + x]);
        box.getRaster().setSample(x, y, 0, value);
      }
    }
    double factor = (double) BOX / Math.max(w, h);
    BufferedImage current = box;
    // Halving repeatedly averages all pixels; one big bilinear step would skip most of them.
    while (current.getWidth() * 0.5 > w * factor && current.getHeight() > 1) {
      current =
          resize(
              current, Math.max(1, current.getWidth() / 2), Math.max(1, current.getHeight() / 2));
    }
    return resize(
        current,
        Math.max(1, (int) Math.round(w * factor)),
        Math.max(1, (int) Math.round(h * factor)));
  }

  private static BufferedImage resize(BufferedImage image, int w, int h) {
    BufferedImage target = new BufferedImage(w, h, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = target.createGraphics();
    g.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    g.drawImage(image, 0, 0, w, h, null);
    g.dispose();
    return target;
  }

  private static float[] centre(BufferedImage digit) {
    double mass = 0;
    double mx = 0;
    double my = 0;
    for (int y = 0; y < digit.getHeight(); y++) {
      for (int x = 0; x < digit.getWidth(); x++) {
        int v = digit.getRaster().getSample(x, y, 0);
        mass += v;
        mx += v * (x + 0.5);
        my += v * (y + 0.5);
      }
    }
    int dx = (int) Math.round(SIDE / 2.0 - mx / Math.max(1, mass));
    int dy = (int) Math.round(SIDE / 2.0 - my / Math.max(1, mass));
    float[] result = new float[SIDE * SIDE];
    for (int y = 0; y < digit.getHeight(); y++) {
      for (int x = 0; x < digit.getWidth(); x++) {
        int tx = x + dx;
        int ty = y + dy;
        if (tx >= 0 && tx < SIDE && ty >= 0 && ty < SIDE) {
          result[ty * SIDE + tx] = digit.getRaster().getSample(x, y, 0) / 255f;
        }
      }
    }
    return result;
  }
}
