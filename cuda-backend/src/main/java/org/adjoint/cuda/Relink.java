package org.adjoint.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.adjoint.tensor.DeviceException;

/**
 * Has JCublas2, whose native library asks for cuBLAS 12, ask for cuBLAS 13, where the functions
 * that are called here have the same names and arguments: a copy in memory of the one library whose
 * checksum is known, with one digit changed in its table of dynamic strings and, as the hash of
 * that string, in its version references. For trying JCublas on such a machine only, under {@code
 * -Dadjoint.cuda.relink=true}; the copy lies in a private folder while it is loaded and is never
 * shipped.
 *
 * <p>The format: System V gABI, "Object Files", and the Linux Standard Base, "Symbol Versioning".
 */
final class Relink {
  /** The library, as the natives jar has it. */
  static final String LIBRARY = "libJCublas2-12.6.0-linux-x86_64.so";

  private static final String SHA_256 =
      "990b2129e540a7f93d0776799d48659dc85e4f7f5bfb6473d0c8369ef8126c32";

  private static final String OLD = "libcublas.so.12";
  private static final String NEW = "libcublas.so.13";

  private static final int SECTION_OFFSETS = 0x28;
  private static final int SECTION_SIZE = 0x3a;
  private static final int DYNAMIC = 6;
  private static final int VERSION_NEEDS = 0x6ffffffe;
  private static final int NEEDED = 1;

  private final ByteBuffer file;

  private Relink(byte[] file) {
    this.file = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Returns a copy of the library that asks for cuBLAS 13.
   *
   * @param library JCublas2 12.6.0, unchanged
   * @throws DeviceException if it is any other file
   */
  static byte[] forCuda13(byte[] library) {
    String sum = HexFormat.of().formatHex(sha256(library));
    if (!sum.equals(SHA_256)) {
      throw new DeviceException(
          "cuda",
          LIBRARY,
          "of checksum " + sum,
          "only the one of org.jcuda:jcublas-natives:12.6.0 is relinked; leave"
              + " -Dadjoint.cuda.relink out");
    }
    byte[] copy = library.clone();
    new Relink(copy).change();
    return copy;
  }

  /** Returns the names of the libraries that a library asks for. */
  static List<String> needed(byte[] library) {
    Relink elf = new Relink(library);
    List<String> names = new ArrayList<>();
    for (int at : elf.neededNames()) {
      names.add(elf.text(at));
    }
    return names;
  }

  private void change() {
    for (int at : neededNames()) {
      if (text(at).equals(OLD)) {
        file.put(at, NEW.getBytes(StandardCharsets.US_ASCII));
      }
    }
    // By now a version of this name, which is the same string, reads as the new one.
    int section = section(VERSION_NEEDS);
    int strings = strings(section);
    int need = offset(section);
    for (int left = file.getInt(section + 0x2c); left > 0; left--) {
      int version = need + file.getInt(need + 8);
      for (int i = file.getShort(need + 2); i > 0; i--) {
        int name = strings + file.getInt(version + 8);
        if (text(name).equals(NEW)) {
          file.putInt(version, hash(NEW));
        }
        version += file.getInt(version + 12);
      }
      need += file.getInt(need + 12);
    }
  }

  /** Returns where the names of the needed libraries stand. */
  private List<Integer> neededNames() {
    int section = section(DYNAMIC);
    int strings = strings(section);
    List<Integer> places = new ArrayList<>();
    for (int at = offset(section); file.getLong(at) != 0; at += 16) {
      if (file.getLong(at) == NEEDED) {
        places.add(strings + (int) file.getLong(at + 8));
      }
    }
    return places;
  }

  /** Returns where the header of the first section of a type stands. */
  private int section(int type) {
    int at = (int) file.getLong(SECTION_OFFSETS);
    while (file.getInt(at + 4) != type) {
      at += file.getShort(SECTION_SIZE);
    }
    return at;
  }

  private int offset(int section) {
    return (int) file.getLong(section + 0x18);
  }

  /** Returns where the strings of a section begin. */
  private int strings(int section) {
    int number = file.getInt(section + 0x28);
    return offset((int) file.getLong(SECTION_OFFSETS) + number * file.getShort(SECTION_SIZE));
  }

  private String text(int at) {
    int end = at;
    while (file.get(end) != 0) {
      end++;
    }
    return new String(file.array(), at, end - at, StandardCharsets.US_ASCII);
  }

  /** The hash of the System V gABI. */
  static int hash(String name) {
    int h = 0;
    for (int i = 0; i < name.length(); i++) {
      h = (h << 4) + name.charAt(i);
      int high = h & 0xf0000000;
      h = (h ^ high >>> 24) & ~high;
    }
    return h;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
