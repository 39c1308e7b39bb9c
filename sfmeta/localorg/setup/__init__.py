"""Setup: what a person does in the org by hand, as actions, as pages at ``/setup`` and behind the back door.

Installing an app and editing the policies of a foreign one have no API in Salesforce; here is their place. Whatever an
action changes shows in the next retrieve, query and login, because it changes the same records.
"""
