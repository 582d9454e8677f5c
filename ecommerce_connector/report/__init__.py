from . import mapping_report
