package org.adjoint.layers.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;

/**
 * Named tensors in a file, in the safetensors format of Hugging Face, which Python reads and writes
 * too: eight bytes with the length of a JSON header, the header, the elements, all little-endian.
 *
 * <p>Reading trusts nothing: the header is at most 16 MiB, the tensors fill the file without
 * overlap or hole, and nothing is allocated for a tensor before all this is known. No class is ever
 * named by a file.
 *
 * <p>What has no type of ours is converted: F16 and BF16 to float32; I64, I16, I8, the unsigned
 * ones and BOOL to int32, an overflow refused.
 */
public final class Safetensors {
  private static final int MAX_HEADER = 16 << 20;

  private Safetensors() {}

  /**
   * What a file holds.
   *
   * @param tensors by name, in the order of the header, owned by no scope
   * @param metadata free strings
   */
  public record Contents(Map<String, Tensor> tensors, Map<String, String> metadata) {}

  // ---- writing --------------------------------------------------------------------------------

  /**
   * Writes a file, whole or not at all. Metadata stand in the order of their names, so that the
   * same contents give the same bytes.
   *
   * @throws CheckpointException if it cannot be written; an older file is then untouched
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    if (tensors.containsKey(SafetensorsHeader.METADATA)) {
      throw new CheckpointException(
          "save", file.toString(), "given a tensor " + SafetensorsHeader.METADATA, "rename it");
    }
    // The widest first: then every tensor is aligned to its element size.
    List<Map.Entry<String, Tensor>> order = new ArrayList<>(tensors.entrySet());
    order.sort(Comparator.comparingInt(e -> -e.getValue().dtype().bytes()));
    ByteBuffer header = header(order, metadata);
    AtomicFile.write(
        file,
        out -> {
          AtomicFile.writeFully(out, header);
          for (Map.Entry<String, Tensor> e : order) {
            TensorBytes.write(out, e.getValue());
          }
        });
  }

  private static ByteBuffer header(
      List<Map.Entry<String, Tensor>> order, Map<String, String> metadata) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append(Json.text(SafetensorsHeader.METADATA)).append(":{");
      json.append(
          metadata.entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(e -> Json.text(e.getKey()) + ":" + Json.text(e.getValue()))
              .collect(Collectors.joining(",")));
      json.append(order.isEmpty() ? "}" : "},");
    }
    long at = 0;
    for (int i = 0; i < order.size(); i++) {
      Tensor t = order.get(i).getValue();
      long end = at + (long) t.size() * t.dtype().bytes();
      json.append(i == 0 ? "" : ",")
          .append(Json.text(order.get(i).getKey()))
          .append(":{\"dtype\":\"")
          .append(t.dtype().name())
          .append("\",\"shape\":")
          .append(t.shape().toString().replace(" ", ""))
          .append(",\"data_offsets\":[")
          .append(at)
          .append(',')
          .append(end)
          .append("]}");
      at = end;
    }
    json.append('}');
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 7) / 8 * 8;
    ByteBuffer bytes = TensorBytes.little(8 + padded).putLong(padded).put(text);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.flip();
  }

  // ---- reading --------------------------------------------------------------------------------

  /**
   * Reads a file.
   *
   * @param device where the tensors shall live
   * @throws CheckpointException if the file is missing, unreadable or breaks a rule of the format,
   *     or holds a whole number that int32 cannot
   */
  public static Contents read(Path file, Device device) {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      SafetensorsHeader header = header(in, file);
      long start = in.position();
      LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>();
      for (Map.Entry<String, SafetensorsHeader.Entry> t : header.tensors().entrySet()) {
        SafetensorsHeader.Entry e = t.getValue();
        in.position(start + e.begin());
        tensors.put(
            t.getKey(),
            TensorBytes.read(
                in,
                file.toString(),
                t.getKey(),
                e.type(),
                e.shape(),
                ByteOrder.LITTLE_ENDIAN,
                device));
      }
      return new Contents(
          Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(header.metadata()));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Reads only the free strings of a file; the whole header is checked.
   *
   * @throws CheckpointException as {@link #read}
   */
  public static Map<String, String> readMetadata(Path file) {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      return Collections.unmodifiableMap(header(in, file).metadata());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** What a failure of the file system means to whoever wants to load. */
  static CheckpointException unreadable(Path file, IOException e) {
    if (e instanceof NoSuchFileException) {
      CheckpointException missing =
          new CheckpointException(
              "load", file.toString(), "missing", "there is no such file; check the path");
      missing.initCause(e);
      return missing;
    }
    return new CheckpointException(
        "load", file.toString(), e, "it cannot be read; check that it is a file, and permissions");
  }

  private static SafetensorsHeader header(FileChannel in, Path file) throws IOException {
    long size = in.size();
    ByteBuffer eight = TensorBytes.little(8);
    TensorBytes.fill(in, file.toString(), eight);
    long length = eight.getLong(0);
    if (length < 2 || length > MAX_HEADER || length > size - 8) {
      throw new CheckpointException(
          "load",
          file.toString(),
          "a file of "
              + size
              + " bytes that announces a header of "
              + Long.toUnsignedString(length),
          "a header has 2 to "
              + MAX_HEADER
              + " bytes and fits into the file;"
              + " it is damaged or no safetensors file");
    }
    byte[] text = new byte[(int) length];
    TensorBytes.fill(in, file.toString(), ByteBuffer.wrap(text));
    SafetensorsHeader header = SafetensorsHeader.parse(file.toString(), text);
    requireNoHoles(file, header, size - 8 - length);
    return header;
  }

  private static void requireNoHoles(Path file, SafetensorsHeader header, long dataLength) {
    List<SafetensorsHeader.Entry> order = new ArrayList<>(header.tensors().values());
    order.sort(
        Comparator.comparingLong(SafetensorsHeader.Entry::begin)
            .thenComparingLong(SafetensorsHeader.Entry::end));
    long at = 0;
    for (SafetensorsHeader.Entry e : order) {
      if (e.begin() != at) {
        throw new CheckpointException(
            "load",
            file.toString(),
            "a file with " + (e.begin() < at ? "overlapping tensors" : "a hole between tensors"),
            "tensors must fill it; it is damaged");
      }
      at = e.end();
    }
    if (at != dataLength) {
      throw new CheckpointException(
          "load",
          file.toString(),
          "a file with " + dataLength + " bytes of data where its header says " + at,
          at > dataLength ? "it is truncated; get it again" : "it is damaged; get it again");
    }
  }
}
