package org.adjoint.layers.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** Pictures as PNG (RFC 2083), 8 bits a channel, unfiltered. */
final class Png {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};

  private Png() {}

  /**
   * Encodes a picture.
   *
   * @param picture [1 or 3, height, width], 0 is black and 1 full; what is beyond is cut off
   * @throws ShapeException if it has another shape
   */
  static byte[] of(Tensor picture) {
    if (picture.rank() != 3
        || (picture.dim(0) != 1 && picture.dim(0) != 3)
        || picture.size() == 0) {
      throw new ShapeException(
          "png", "picture", picture.shape(), "it must be [1 or 3, height, width]");
    }
    int channels = picture.dim(0);
    int height = picture.dim(1);
    int width = picture.dim(2);
    double[] values = picture.toDoubleArray();
    byte[] rows = new byte[height * (1 + width * channels)];
    int at = 0;
    for (int y = 0; y < height; y++) {
      at++; // The filter of a row: none.
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          double v = values[(c * height + y) * width + x];
          rows[at++] = (byte) Math.round(255 * Math.clamp(Double.isNaN(v) ? 0 : v, 0, 1));
        }
      }
    }
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) 8).put((byte) (channels == 1 ? 0 : 2));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(SIGNATURE);
    chunk(out, "IHDR", header.array());
    chunk(out, "IDAT", deflated(rows));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static byte[] deflated(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Deflater deflater = new Deflater()) {
      deflater.setInput(bytes);
      deflater.finish();
      byte[] piece = new byte[1 << 13];
      while (!deflater.finished()) {
        out.write(piece, 0, deflater.deflate(piece));
      }
    }
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(name);
    out.writeBytes(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
