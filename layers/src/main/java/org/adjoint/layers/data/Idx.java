package org.adjoint.layers.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * An array of unsigned bytes from a file in the IDX format (LeCun): two zero bytes, the type 8, the
 * number of axes, each extent as four bytes, highest first, then the elements. The file may be
 * compressed by gzip.
 *
 * @param dims the extents
 * @param bytes the elements in row-major order
 */
record Idx(int[] dims, byte[] bytes) {
  /** How much is asked for at a time: a lying header cannot make us allocate more than it has. */
  private static final int PIECE = 1 << 20;

  /**
   * Reads a file to its end.
   *
   * @param in the content, compressed or not; the caller closes it
   * @param name the file, for messages
   * @param rank how many axes it must have
   * @throws DataException if it is anything else
   */
  static Idx read(InputStream in, String name, int rank) {
    try {
      BufferedInputStream raw = new BufferedInputStream(in, 1 << 16);
      raw.mark(2);
      boolean zipped = raw.read() == 0x1F && raw.read() == 0x8B;
      raw.reset();
      return parse(zipped ? new GZIPInputStream(raw, 1 << 16) : raw, name, rank);
    } catch (EOFException e) {
      throw new DataException("idx", name, e, "it ends too early; fetch the file again");
    } catch (ZipException e) {
      throw new DataException("idx", name, e, "its gzip data is damaged; fetch the file again");
    } catch (IOException e) {
      throw new DataException("idx", name, e, "it cannot be read; check the disk and permissions");
    }
  }

  private static Idx parse(InputStream in, String name, int rank) throws IOException {
    byte[] head = in.readNBytes(4);
    if (head.length < 4 || head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] != rank) {
      throw new DataException(
          "idx",
          name,
          head.length == 0 ? "empty" : "a file that begins with " + hex(head),
          "an IDX file of "
              + (rank == 3 ? "images" : "labels")
              + " begins with "
              + hex(new byte[] {0, 0, 8, (byte) rank})
              + "; this is another file");
    }
    int[] dims = new int[rank];
    long size = 1;
    for (int a = 0; a < rank; a++) {
      byte[] d = in.readNBytes(4);
      if (d.length < 4) {
        throw truncated(name, "its header ends after " + (4 + 4 * a + d.length) + " bytes");
      }
      dims[a] = (d[0] & 0xFF) << 24 | (d[1] & 0xFF) << 16 | (d[2] & 0xFF) << 8 | (d[3] & 0xFF);
      size = dims[a] < 0 || size > Integer.MAX_VALUE ? Long.MAX_VALUE : size * dims[a];
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw new DataException(
          "idx", name, "of extents " + unsigned(dims), "at most 2147483639 elements can be read");
    }
    byte[] bytes = readExactly(in, name, (int) size, dims);
    if (in.read() >= 0) {
      throw new DataException(
          "idx",
          name,
          "longer than its header says, " + unsigned(dims),
          "the header or the data is damaged; fetch the file again");
    }
    return new Idx(dims, bytes);
  }

  private static byte[] readExactly(InputStream in, String name, int size, int[] dims)
      throws IOException {
    byte[] bytes = new byte[Math.min(size, PIECE)];
    int have = 0;
    while (have < size) {
      if (have == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(size, 2L * have));
      }
      int n = in.readNBytes(bytes, have, bytes.length - have);
      have += n;
      if (have < bytes.length) {
        throw truncated(
            name, have + " of the " + size + " bytes that its extents " + unsigned(dims) + " need");
      }
    }
    return bytes;
  }

  private static DataException truncated(String name, String found) {
    return new DataException("idx", name, "truncated: " + found, "fetch the file again");
  }

  private static String unsigned(int[] dims) {
    return Arrays.toString(Arrays.stream(dims).mapToLong(d -> d & 0xFFFFFFFFL).toArray());
  }

  private static String hex(byte[] bytes) {
    StringBuilder s = new StringBuilder();
    for (byte b : bytes) {
      s.append(s.isEmpty() ? "" : " ").append(String.format("%02x", b & 0xFF));
    }
    return s.toString();
  }
}
