-- A copy of a production database must not talk to the stores.
UPDATE ecommerce_store
   SET sealed_credentials = NULL,
       state = 'draft',
       state_message = NULL,
       auto_sync = FALSE,
       auto_post = FALSE;
