"""The vendor's gateway, played by us: its protocol at `/sms`, for programs that were written for the vendor.

A second door beside `messaging.api`: the same services do the work. What the protocol looks like stands in the vendor's
document, sections 1 to 5, 7 and 8; what it leaves open is decided here as the README says.
"""
