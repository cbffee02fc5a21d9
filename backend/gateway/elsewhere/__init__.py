"""Videos as they appear elsewhere: in frames of other sites, previews of links, and search engines."""
