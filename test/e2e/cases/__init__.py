"""SCIM conformance, one table a chapter; test_cases.py runs them."""
