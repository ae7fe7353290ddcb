/** A user of the library. */
module shop {
  requires org.occ4j.cache;
}
