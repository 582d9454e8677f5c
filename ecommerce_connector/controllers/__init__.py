from . import mapping_document
